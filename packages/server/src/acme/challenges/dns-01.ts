import { createHash } from 'node:crypto';
import type { ChallengeContext, ChallengeMethod } from './challenge-method.ts';
import { NetworkFailure } from './challenge-method.ts';

/** RFC 8555 §8.4: the digest of the key authorization in a TXT record. */
export const dns01: ChallengeMethod = {
  type: 'dns-01',
  appliesTo: ({ type }) => type === 'dns',

  async validate({ identifier, keyAuthorization, network }: ChallengeContext): Promise<void> {
    const name = `_acme-challenge.${identifier.value}`;
    const texts = await network.resolveTxt(name);
    const digest = createHash('sha256').update(keyAuthorization).digest('base64url');
    if (texts.includes(digest)) return;
    const found =
      texts.length === 0 ? 'no TXT record' : `${texts.length} TXT records, none of them the right one,`;
    throw new NetworkFailure(
      texts.length === 0 ? 'dns' : 'incorrectResponse',
      `There is ${found} at ${name}.`,
    );
  },
};
