import { randomFillSync } from 'node:crypto';
import { X509Error } from '../errors.ts';

// One call into OpenSSL for 64 numbers: a call for each would cost as much as the rest of the certificate.
const POOL = Buffer.alloc(1024);
let unused = POOL.length;

/** 16 random octets, positive: 126 bits of chance and the second bit set, so that the length is always the same. */
export function randomSerialNumber(): Buffer {
  if (unused === POOL.length) {
    randomFillSync(POOL);
    unused = 0;
  }
  const octets = Buffer.from(POOL.subarray(unused, unused + 16));
  POOL.fill(0, unused, unused + 16);
  unused += 16;
  octets[0] = (octets[0]! & 0x3f) | 0x40;
  return octets;
}

/** Refuses what RFC 5280 §4.1.2.2 forbids: zero, and more than 20 octets. The octets are of a number that is not negative. */
export function checkSerialNumber(octets: Uint8Array): Uint8Array {
  let start = 0;
  while (start < octets.length && octets[start] === 0) start++;
  const magnitude = octets.subarray(start);
  if (magnitude.length === 0 || magnitude.length + (magnitude[0]! >> 7) > 20) {
    throw new X509Error(
      'issue_invalid',
      'a serial number is positive and has at most 20 octets',
      'serialNumber',
    );
  }
  return magnitude;
}
