import type { Actor, DenylistNews } from '../../events/index.ts';
import { ClientError } from '../client-error.ts';
import type { Credential } from '../credential.ts';
import type { ActContext } from './act-context.ts';
import { credentialRevoked } from './credential-events.ts';

export interface RevokeCredential {
  readonly clientId: string;
  readonly credentialId: string;
  readonly actor: Actor;
  /** What ends the tokens, certificates and sessions that it stands behind; the cascade is not decided here. */
  readonly denylist: (credential: Credential, now: number) => DenylistNews;
}

/**
 * Revokes one credential for good, also of a suspended or revoked client. Throws ClientError `credential_unknown`
 * (also for another client's) or `credential_revoked`.
 */
export async function revokeCredential(context: ActContext, input: RevokeCredential): Promise<Credential> {
  const now = context.clock();
  const unknown = new ClientError('credential_unknown', 'the client has no such credential');
  const credential = await context.store.findCredential(input.clientId, input.credentialId);
  if (credential === undefined) throw unknown;
  const outcome = await context.store.revokeCredential(
    { clientId: input.clientId, credentialId: input.credentialId, at: now },
    [
      {
        ...credentialRevoked(input.actor, input.clientId, credential),
        denylist: input.denylist(credential, now),
      },
    ],
  );
  if (!outcome.done) {
    if (outcome.conflict.code === 'credential_unknown') throw unknown;
    throw new ClientError('credential_revoked', `${credential.id} is revoked already`);
  }
  return { ...credential, revokedAt: now };
}
