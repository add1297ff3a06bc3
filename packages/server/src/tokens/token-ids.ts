import { randomBytes } from 'node:crypto';

const idLength = 22;
const idsAtOnce = 256;
/** Six bits of chance each. */
let characters = '';
let next = 0;

/** A token id (`jti`): 132 random bits in base64url. Drawn in batches, because a system call and an encoding for each would cost more. */
export function newTokenId(): string {
  if (next === characters.length) {
    characters = randomBytes((idLength * idsAtOnce * 3) / 4).toString('base64url');
    next = 0;
  }
  next += idLength;
  return characters.slice(next - idLength, next);
}
