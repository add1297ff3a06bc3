import type { AuthenticationMethod } from '../client.ts';
import { invalidMember } from '../client-error.ts';
import type { SecretCredential } from '../credential.ts';
import { generateCredentialId } from '../identifiers.ts';
import type { NewSecret } from '../registration-document.ts';
import { generateSecret, type Sealer, secretCredential } from '../secrets.ts';

/** How a secret for this method is kept; undefined for methods without a secret. */
export function secretForm(method: AuthenticationMethod): SecretCredential['form'] | undefined {
  switch (method) {
    case 'client_secret_basic':
    case 'client_secret_post':
      return 'hashed';
    case 'client_secret_jwt':
      return 'encrypted';
    case 'private_key_jwt':
    case 'tls_client_auth':
    case 'self_signed_tls_client_auth':
      return undefined;
  }
}

/** Makes a secret: its credential, and what is shown once. Throws ClientError where `expiresAt` is past. */
export function newSecret(
  form: SecretCredential['form'],
  times: { readonly now: number; readonly expiresAt?: number | undefined },
  sealer: Sealer,
): { credential: SecretCredential; shown: NewSecret } {
  const { now, expiresAt } = times;
  if (expiresAt !== undefined && !(Number.isSafeInteger(expiresAt) && expiresAt > now)) {
    throw invalidMember('client_secret_expires_at', 'is not in the future');
  }
  const clientSecret = generateSecret();
  const ends = expiresAt === undefined ? {} : { expiresAt };
  const id = generateCredentialId();
  return {
    credential: secretCredential(clientSecret, form, { id, createdAt: now, ...ends }, sealer),
    shown: { credentialId: id, clientSecret, ...ends },
  };
}
