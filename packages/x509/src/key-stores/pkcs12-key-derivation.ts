import { hash } from 'node:crypto';
import type { HashName } from '../keys/signature-schemes.ts';

/** What the octets derived are for (RFC 7292 appendix B.3). */
export const PURPOSE = { key: 1, iv: 2, mac: 3 } as const;

const BLOCK_OCTETS: Readonly<Record<HashName, number>> = {
  md5: 64,
  sha1: 64,
  sha224: 64,
  sha256: 64,
  sha384: 128,
  sha512: 128,
};

/** The key derivation of PKCS #12 (RFC 7292 appendix B.2). `password` is encoded already; the cost is about a microsecond an iteration. */
export function derivePkcs12(
  algorithm: HashName,
  password: Buffer,
  salt: Buffer,
  iterations: number,
  purpose: number,
  octets: number,
): Buffer {
  const block = BLOCK_OCTETS[algorithm];
  const diversifier = Buffer.alloc(block, purpose);
  const mixed = Buffer.concat([fill(salt, block), fill(password, block)]);
  const output: Buffer[] = [];
  for (let length = 0; length < octets; ) {
    let digest = hash(algorithm, Buffer.concat([diversifier, mixed]), 'buffer');
    for (let i = 1; i < iterations; i++) digest = hash(algorithm, digest, 'buffer');
    output.push(digest);
    length += digest.length;
    if (length < octets) addOneMore(mixed, fill(digest, block).subarray(0, block), block);
  }
  return Buffer.concat(output).subarray(0, octets);
}

/** Repeats to a multiple of the block size; empty stays empty. */
function fill(octets: Buffer, block: number): Buffer {
  if (octets.length === 0) return octets;
  return Buffer.alloc(Math.ceil(octets.length / block) * block, octets);
}

/** Adds `addend` + 1 to every block, as big-endian numbers. */
function addOneMore(blocks: Buffer, addend: Buffer, block: number): void {
  for (let start = 0; start < blocks.length; start += block) {
    let carry = 1;
    for (let i = block - 1; i >= 0; i--) {
      const sum = blocks[start + i]! + addend[i]! + carry;
      blocks[start + i] = sum & 0xff;
      carry = sum >> 8;
    }
  }
}
