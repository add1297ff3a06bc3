import { randomBytes } from 'node:crypto';

/** `auth_` and 12 random bytes in base64url. */
export function newAuthorityId(): string {
  return `auth_${randomBytes(12).toString('base64url')}`;
}
