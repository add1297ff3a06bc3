import { keyCredentialId } from '../../clients/index.ts';
import { RevocationError } from '../revocation-error.ts';
import type { ActContext, ActOutcome, By } from './act.ts';
import { outcomeOf, reasonOf } from './act.ts';
import { revokeCertificate } from './certificate-acts.ts';

/** RFC 7638, SHA-256, base64url: what a key behind `jwks_uri` is named by. */
const thumbprintForm = /^[A-Za-z0-9_-]{43}$/;

/**
 * Ends one credential and the tokens that were obtained with it. A certificate is revoked as such; a key behind the client's `jwks_uri` by
 * its thumbprint, also before it was ever seen.
 */
export async function revokeCredential(
  context: ActContext,
  clientId: string,
  credentialId: string,
  by: By,
): Promise<ActOutcome> {
  const credential = await context.clients.findCredential(clientId, credentialId);
  if (credential === undefined) {
    if (
      thumbprintForm.test(credentialId) &&
      (await context.clients.find(clientId, context.clock()))?.jwksUri !== undefined
    ) {
      return revokeRemoteKey(context, clientId, credentialId, by);
    }
    throw new RevocationError('credential_unknown', `client ${clientId} has no credential ${credentialId}`);
  }
  if (credential.kind === 'certificate') {
    return revokeCertificate(context, { fingerprint256: credential.fingerprint256 }, by);
  }
  const now = context.clock();
  const kind = 'credential' as const;
  const tokensSignedBy = context.lifetimes.tokensSignedBy(now);
  // The client may come to have a `jwks_uri`, and a set there that holds this key for ever.
  const lasting = credential.kind === 'key' ? keyCredentialId(clientId, credential.thumbprint) : undefined;
  const event = await context.store.revokeCredential(
    { clientId, credentialId, at: now },
    {
      actor: by.actor,
      act: credential.kind === 'secret' ? 'secret.revoked' : 'jwk.revoked',
      object: { kind: 'credential', id: credentialId },
      clientId,
      data: { credential_id: credentialId, ...reasonOf(by) },
      denylist: {
        add: [
          ...(lasting === credentialId ? [] : [{ kind, id: credentialId, expiresAt: tokensSignedBy }]),
          ...(lasting === undefined ? [] : [{ kind, id: lasting }]),
        ],
      },
    },
  );
  return outcomeOf(event);
}

/** The set where it stands is not ours, and may hold it for ever; so the entry never wears off. */
async function revokeRemoteKey(
  context: ActContext,
  clientId: string,
  thumbprint: string,
  by: By,
): Promise<ActOutcome> {
  const id = keyCredentialId(clientId, thumbprint);
  const event = await context.store.record({
    actor: by.actor,
    act: 'jwk.revoked',
    object: { kind: 'credential', id },
    clientId,
    data: { credential_id: id, jkt: thumbprint, ...reasonOf(by) },
    denylist: { add: [{ kind: 'credential', id }] },
  });
  return outcomeOf(event);
}
