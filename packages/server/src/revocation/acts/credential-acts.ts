import { RevocationError } from '../revocation-error.ts';
import type { ActContext, ActOutcome, By } from './act.ts';
import { outcomeOf, reasonOf } from './act.ts';
import { revokeCertificate } from './certificate-acts.ts';

/** Ends one credential and the tokens that were obtained with it. A certificate is revoked as such. */
export async function revokeCredential(
  context: ActContext,
  clientId: string,
  credentialId: string,
  by: By,
): Promise<ActOutcome> {
  const credential = await context.clients.findCredential(clientId, credentialId);
  if (credential === undefined) {
    throw new RevocationError('credential_unknown', `client ${clientId} has no credential ${credentialId}`);
  }
  if (credential.kind === 'certificate') {
    return revokeCertificate(context, { fingerprint256: credential.fingerprint256 }, by);
  }
  const now = context.clock();
  const event = await context.store.revokeCredential(
    { clientId, credentialId, at: now },
    {
      actor: by.actor,
      act: credential.kind === 'secret' ? 'secret.revoked' : 'jwk.revoked',
      object: { kind: 'credential', id: credentialId },
      clientId,
      data: { credential_id: credentialId, ...reasonOf(by) },
      denylist: {
        add: [{ kind: 'credential', id: credentialId, expiresAt: context.lifetimes.tokensSignedBy(now) }],
      },
    },
  );
  return outcomeOf(event);
}
