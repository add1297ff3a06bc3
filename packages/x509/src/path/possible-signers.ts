import { createECDH, createPrivateKey, createPublicKey, diffieHellman, ECDH, hash } from 'node:crypto';
import { DerReader } from '../asn1/der-reader.ts';
import { X509Error } from '../errors.ts';
import type { HashName } from '../keys/signature-schemes.ts';

/** P-256 (FIPS 186-5): the prime of its field and the order of its group. */
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const CURVE = 'prime256v1';
const OCTETS = 32;

/** DER around the 32 octets of a private key, and around the 65 of a point. */
const PRIVATE_KEY = [
  Buffer.from('30310201010420', 'hex'),
  Buffer.from('a00a06082a8648ce3d030107', 'hex'),
] as const;
const PUBLIC_KEY = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');

/**
 * The only P-256 keys under which an ECDSA signature can verify (SEC 1 §4.1.6), as uncompressed points in latin1: two at most, none if the signature is malformed.
 * Undefined for the one signature in 2^128 that may have others.
 *
 * It settles at the cost of a few signature checks which of any number of keys to check the signature with. That it verifies is for the
 * check itself to say.
 */
export function possibleSigners(
  signedBytes: Uint8Array,
  hashName: HashName,
  signature: Uint8Array,
): ReadonlySet<string> | undefined {
  const none = new Set<string>();
  const numbers = readSignature(signature);
  if (numbers === undefined) return none;
  const [r, s] = numbers;
  if (r <= 0n || r >= N || s <= 0n || s >= N) return none;
  // The x-coordinate is known modulo N alone.
  if (r + N < P) return undefined;
  let nonce: Point;
  try {
    nonce = decompress(r);
  } catch {
    return none;
  }
  const digest = toNumber(hash(hashName, signedBytes, 'buffer').subarray(0, OCTETS));
  const inverse = invert(r, N);
  const [x, y] = multiply(nonce, (s * inverse) % N);
  const scalar = ((N - (digest % N)) * inverse) % N;
  if (scalar === 0n) return new Set([encode([x, y]), encode([x, P - y])]);
  const base = multiplyBase(scalar);
  if (base[0] === x) return undefined;
  return new Set([encode(add(base, [x, y])), encode(add(base, [x, P - y]))]);
}

/** The P-256 point of a SubjectPublicKeyInfo, as in {@link possibleSigners}; undefined for keys of other kinds. */
export function pointOf(subjectPublicKeyInfo: Buffer): string | undefined {
  const length = PUBLIC_KEY.length + 1 + OCTETS * 2;
  if (subjectPublicKeyInfo.length !== length) return undefined;
  if (!subjectPublicKeyInfo.subarray(0, PUBLIC_KEY.length).equals(PUBLIC_KEY)) return undefined;
  return subjectPublicKeyInfo.toString('latin1', PUBLIC_KEY.length);
}

type Point = readonly [x: bigint, y: bigint];

function readSignature(signature: Uint8Array): readonly [bigint, bigint] | undefined {
  try {
    const outer = new DerReader(signature, 'signature');
    const sequence = outer.sequence();
    outer.end();
    const r = sequence.integer();
    const s = sequence.integer();
    sequence.end();
    if (r.length > OCTETS + 1 || s.length > OCTETS + 1 || r[0]! >= 0x80 || s[0]! >= 0x80) return undefined;
    return [toNumber(r), toNumber(s)];
  } catch (cause) {
    if (cause instanceof X509Error) return undefined;
    throw cause;
  }
}

function toNumber(octets: Buffer): bigint {
  return BigInt(`0x${octets.toString('hex')}`);
}

function toOctets(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(OCTETS * 2, '0'), 'hex');
}

function encode([x, y]: Point): string {
  return Buffer.concat([Buffer.of(4), toOctets(x), toOctets(y)]).toString('latin1');
}

function decode(point: Buffer): Point {
  return [toNumber(point.subarray(1, 1 + OCTETS)), toNumber(point.subarray(1 + OCTETS))];
}

/** One of the two points with this x-coordinate. Throws if there is none. */
function decompress(x: bigint): Point {
  const compressed = Buffer.concat([Buffer.of(2), toOctets(x)]);
  return decode(ECDH.convertKey(compressed, CURVE, undefined, undefined, 'uncompressed') as Buffer);
}

/** The multiple of the base point. */
function multiplyBase(scalar: bigint): Point {
  const ecdh = createECDH(CURVE);
  ecdh.setPrivateKey(toOctets(scalar));
  return decode(ecdh.getPublicKey());
}

/** The multiple of a point, or its negative: Diffie-Hellman tells the x-coordinate. */
function multiply(point: Point, scalar: bigint): Point {
  const [before, after] = PRIVATE_KEY;
  const privateKey = createPrivateKey({
    key: Buffer.concat([before, toOctets(scalar), after]),
    format: 'der',
    type: 'sec1',
  });
  const publicKey = createPublicKey({
    key: Buffer.concat([PUBLIC_KEY, Buffer.from(encode(point), 'latin1')]),
    format: 'der',
    type: 'spki',
  });
  return decompress(toNumber(diffieHellman({ privateKey, publicKey })));
}

/** The sum of two points with different x-coordinates. */
function add([x1, y1]: Point, [x2, y2]: Point): Point {
  const slope = modulo((y2 - y1) * invert(modulo(x2 - x1), P));
  const x = modulo(slope * slope - x1 - x2);
  return [x, modulo(slope * (x1 - x) - y1)];
}

function modulo(number: bigint): bigint {
  const rest = number % P;
  return rest < 0n ? rest + P : rest;
}

/** The inverse modulo a prime, by Euclid's algorithm. */
function invert(number: bigint, prime: bigint): bigint {
  let [a, b, u, v] = [number, prime, 1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [a, b] = [b - quotient * a, a];
    [u, v] = [v - quotient * u, u];
  }
  return u < 0n ? u + prime : u;
}
