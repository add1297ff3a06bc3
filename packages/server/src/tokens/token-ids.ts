import { randomFillSync } from 'node:crypto';

const idBytes = 16;
const pool = Buffer.alloc(idBytes * 256);
let next = pool.length;

/** A token id (`jti`): 128 random bits in base64url. Drawn in batches, because a system call for each would cost more. */
export function newTokenId(): string {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  next += idBytes;
  return pool.toString('base64url', next - idBytes, next);
}
