import type { Actor } from '../../events/index.ts';
import { ClientError } from '../client-error.ts';
import type { NewSecret } from '../registration-document.ts';
import { type ActContext, readForAct, taken, unknownClient } from './act-context.ts';
import { credentialAdded } from './credential-events.ts';
import { newSecret, secretForm } from './new-secret.ts';

/** Most usable secrets of one client. */
const maximumSecrets = 16;

/**
 * Gives a client another secret, so that rotation overlaps; it is kept as the client's method needs it. Throws
 * ClientError `client_unknown`, `client_revoked`, `method_mismatch` (its method has no secret), `limit_reached`
 * (16 usable ones), `metadata_invalid` (an end in the past).
 */
export async function addSecret(
  context: ActContext,
  input: { readonly clientId: string; readonly expiresAt?: number; readonly actor: Actor },
): Promise<NewSecret> {
  const client = await readForAct(context, input.clientId);
  const form = secretForm(client.tokenEndpointAuthMethod);
  if (form === undefined) {
    throw new ClientError('method_mismatch', `${client.tokenEndpointAuthMethod} has no secret`);
  }
  if (client.credentials.filter((credential) => credential.kind === 'secret').length >= maximumSecrets) {
    throw new ClientError(
      'limit_reached',
      `a client has at most ${maximumSecrets} secrets; revoke one first`,
    );
  }
  const secret = newSecret(form, { now: context.clock(), expiresAt: input.expiresAt }, context.sealer);
  const outcome = await context.store.addCredential(
    { clientId: client.clientId, credential: secret.credential },
    [credentialAdded(input.actor, client.clientId, secret.credential)],
  );
  if (!outcome.done) {
    throw outcome.conflict.code === 'client_unknown'
      ? unknownClient(input.clientId)
      : taken(outcome.conflict);
  }
  return secret.shown;
}
