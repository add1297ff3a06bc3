import { certificateCredential } from '../certificates.ts';
import { ClientError } from '../client-error.ts';
import type { Credential } from '../credential.ts';
import { keyCredentialId } from '../identifiers.ts';
import type { KeySet } from '../key-sets.ts';
import type { ClientChange } from '../store.ts';
import { type ActContext, taken } from './act-context.ts';

/** What a key set changes in the credentials of a client. */
export interface CredentialChanges {
  readonly add: readonly Credential[];
  readonly expire: ClientChange['expireCredentials'];
}

/**
 * Compares a key set with what a client has: new keys and certificates are added, those that are missing end now
 * (tokens obtained with them live on), those that had ended return. Throws ClientError `credential_revoked` for a
 * key or certificate that this client had revoked, and `certificate_taken` for one of another client.
 */
export async function registeredCredentials(
  context: Pick<ActContext, 'store' | 'clock'>,
  clientId: string,
  keySet: KeySet,
  existing: readonly Credential[],
): Promise<CredentialChanges> {
  const now = context.clock();
  const add: Credential[] = [];
  const expire: { id: string; expiresAt: number | undefined }[] = [];
  const kept = new Set<string>();
  const reuse = (found: Credential): void => {
    if (found.revokedAt !== undefined) {
      throw new ClientError('credential_revoked', `${found.id} is revoked, which is final`, 'jwks');
    }
    kept.add(found.id);
    if (found.expiresAt !== undefined) expire.push({ id: found.id, expiresAt: undefined });
  };
  for (const { jwk, thumbprint } of keySet.keys) {
    const found = await context.store.findByKey(clientId, thumbprint);
    if (found !== undefined) reuse(found);
    else
      add.push({ kind: 'key', id: keyCredentialId(clientId, thumbprint), createdAt: now, jwk, thumbprint });
  }
  for (const certificate of keySet.certificates) {
    const found = await context.store.findByCertificate(certificate.thumbprint);
    if (found === undefined) add.push(certificateCredential(certificate, { createdAt: now }));
    else if (found.clientId !== clientId) throw taken({ code: 'certificate_taken', owner: found.clientId });
    else reuse(found.credential);
  }
  for (const credential of existing) {
    const ofKeySet =
      credential.kind === 'key' || (credential.kind === 'certificate' && credential.der !== undefined);
    if (ofKeySet && !kept.has(credential.id)) expire.push({ id: credential.id, expiresAt: now });
  }
  return { add, expire };
}
