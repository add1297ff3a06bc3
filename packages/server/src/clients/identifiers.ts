import { createHash, randomBytes, randomInt } from 'node:crypto';

const base32 = 'abcdefghijklmnopqrstuvwxyz234567';
const clientIdForm = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;

/** Whether a text can be a client id here: 1 to 128 unreserved URI characters, the first a letter or digit. */
export function isClientId(text: string): boolean {
  return clientIdForm.test(text);
}

/** `c_` and ten random characters of base32. */
export function generateClientId(): string {
  return `c_${Array.from({ length: 10 }, () => base32[randomInt(32)]).join('')}`;
}

/** `cred_` and 12 random bytes in base64url. */
export function generateCredentialId(): string {
  return `cred_${randomBytes(12).toString('base64url')}`;
}

/**
 * The credential id of a client's key: the same for the same key at all times, so that a revoked one is known again, whether it comes from
 * `jwks` or from `jwks_uri`, where it has no record here. Of the form of the others. `thumbprint`: RFC 7638, SHA-256, base64url.
 */
export function keyCredentialId(clientId: string, thumbprint: string): string {
  const digest = createHash('sha256').update(`jwks_uri ${clientId} ${thumbprint}`).digest();
  return `cred_${digest.subarray(0, 12).toString('base64url')}`;
}
