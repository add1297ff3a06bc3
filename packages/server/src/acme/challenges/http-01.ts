import type { ChallengeContext, ChallengeMethod } from './challenge-method.ts';
import { NetworkFailure } from './challenge-method.ts';

/** RFC 8555 §8.3: the key authorization at a well-known path. */
export const http01: ChallengeMethod = {
  type: 'http-01',
  appliesTo: (_identifier, wildcard) => !wildcard,

  async validate({ identifier, token, keyAuthorization, network, ports }: ChallengeContext): Promise<void> {
    const host = identifier.value.includes(':') ? `[${identifier.value}]` : identifier.value;
    const port = ports.http === 80 ? '' : `:${ports.http}`;
    const body = await network.fetch(`http://${host}${port}/.well-known/acme-challenge/${token}`);
    if (body.toString('latin1').trimEnd() !== keyAuthorization) {
      throw new NetworkFailure('incorrectResponse', 'The answer is not the key authorization.');
    }
  },
};
