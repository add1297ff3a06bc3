import { randomBytes } from 'node:crypto';

/** 128 bits: nobody guesses the URL of what is another's. */
export function randomId(): string {
  return randomBytes(16).toString('base64url');
}

/** 256 bits: the token of a challenge (RFC 8555 §8.1 asks for 128). */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}
