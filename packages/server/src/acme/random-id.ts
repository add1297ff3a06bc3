import { randomBytes } from 'node:crypto';

/** 128 bits: nobody guesses the URL of what is another's. Begins with no hyphen, so that no command takes it for a flag. */
export function randomId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

/** 256 bits: the token of a challenge (RFC 8555 §8.1 asks for 128). */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}
