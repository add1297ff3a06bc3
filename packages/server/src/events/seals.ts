import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/**
 * The proof that a stretch of the feed is as it was: a hash over its events and the seal before it, signed. Whoever keeps
 * a seal can tell later whether anything up to it was changed, removed or put in.
 */
export interface Seal {
  /** The first sequence that it covers: the one after the last seal's `to`, or 1. */
  readonly from: number;
  readonly to: number;
  /** SHA-256, base64url: see `SealHash`. */
  readonly hash: string;
  /** Ed25519, base64url. */
  readonly signature: string;
  /** Ed25519, the 32 bytes in base64url. */
  readonly publicKey: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** An event as stored: sequence, at, actor, act, object kind, object id, client id, data, denylist. */
export type SealedEvent = readonly [
  number,
  number,
  string,
  string,
  string,
  string,
  string | null,
  string | null,
  string | null,
];

/**
 * SHA-256 over the lines `mortise seal 1`, the hash of the seal before (empty for the first), `<from> <to>`, and each
 * event as a JSON array, all ended by a line feed.
 */
export class SealHash {
  readonly #hash = createHash('sha256');

  constructor(previous: Seal | undefined, from: number, to: number) {
    this.#hash.update(`mortise seal 1\n${previous?.hash ?? ''}\n${from} ${to}\n`);
  }

  add(event: SealedEvent): void {
    this.#hash.update(`${JSON.stringify(event)}\n`);
  }

  digest(): string {
    return this.#hash.digest('base64url');
  }
}

export interface SealKey {
  readonly privateKey: KeyObject;
  readonly publicKey: string;
}

export function signSeal(body: Pick<Seal, 'from' | 'to' | 'hash' | 'at'>, key: SealKey): Seal {
  const { from, to, hash, at } = body;
  const signature = sign(null, signedBytes(body), key.privateKey).toString('base64url');
  return { from, to, hash, signature, publicKey: key.publicKey, at };
}

/** Whether the key that the seal names signed it. Whose key that is, is for the caller to know. */
export function sealIsSigned(seal: Seal): boolean {
  try {
    const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: seal.publicKey } });
    return verify(null, signedBytes(seal), key, Buffer.from(seal.signature, 'base64url'));
  } catch {
    return false;
  }
}

function signedBytes(seal: Pick<Seal, 'from' | 'to' | 'hash' | 'at'>): Buffer {
  return Buffer.from(`mortise seal 1\n${seal.from} ${seal.to} ${seal.hash} ${seal.at}\n`);
}

/** A seal as a line of a file, without the line feed. */
export function sealLine(seal: Seal): string {
  const { from, to, hash, signature, publicKey, at } = seal;
  return JSON.stringify({ from, to, hash, signature, publicKey, at });
}

/** `undefined` where the line is none. */
export function parseSealLine(line: string): Seal | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { from, to, hash, signature, publicKey, at } = value as Record<string, unknown>;
  if (!isCount(from) || !isCount(to) || !isCount(at)) return undefined;
  if (typeof hash !== 'string' || typeof signature !== 'string' || typeof publicKey !== 'string')
    return undefined;
  return { from, to, hash, signature, publicKey, at };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
