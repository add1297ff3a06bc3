import { createPublicKey, type KeyObject } from 'node:crypto';
import { DerReader } from '../asn1/der-reader.ts';
import { OID } from '../asn1/oids.ts';
import { TAG } from '../asn1/tags.ts';
import { X509Error } from '../errors.ts';
import { isNullParameters } from './algorithm-identifier.ts';

/** Largest RSA or DSA modulus that is imported, in bits: the cost of a check grows with its square. */
export const MAX_MODULUS_BITS = 16_384;

/** What a SubjectPublicKeyInfo holds, read without importing it. */
export type PublicKeyInfo =
  | {
      readonly kind: 'rsa' | 'rsa-pss';
      readonly bits: number /** Big-endian, without leading zeros. */;
      readonly modulus: Buffer;
      readonly exponent: Buffer;
    }
  | { readonly kind: 'ec'; readonly bits: number; readonly curve: 'P-224' | 'P-256' | 'P-384' | 'P-521' }
  | { readonly kind: 'dsa'; readonly bits: number }
  | { readonly kind: 'ed25519' | 'ed448' | 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87'; readonly bits: number };

const CURVES: Readonly<Record<string, PublicKeyInfo & { kind: 'ec' }>> = {
  [OID.p224]: { kind: 'ec', curve: 'P-224', bits: 224 },
  [OID.p256]: { kind: 'ec', curve: 'P-256', bits: 256 },
  [OID.p384]: { kind: 'ec', curve: 'P-384', bits: 384 },
  [OID.p521]: { kind: 'ec', curve: 'P-521', bits: 521 },
};

const FIXED: Readonly<
  Record<
    string,
    { kind: 'ed25519' | 'ed448' | 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87'; octets: number; bits: number }
  >
> = {
  [OID.ed25519]: { kind: 'ed25519', octets: 32, bits: 255 },
  [OID.ed448]: { kind: 'ed448', octets: 57, bits: 448 },
  [OID.mlDsa44]: { kind: 'ml-dsa-44', octets: 1312, bits: 10_496 },
  [OID.mlDsa65]: { kind: 'ml-dsa-65', octets: 1952, bits: 15_616 },
  [OID.mlDsa87]: { kind: 'ml-dsa-87', octets: 2592, bits: 20_736 },
};

/**
 * Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) without importing the key.
 *
 * Throws `key_unsupported` for other algorithms, other curves and explicit curve parameters, `key_invalid` for a key that does not
 * fit its algorithm, and the reader's codes for malformed DER.
 */
export function readPublicKeyInfo(spki: Uint8Array, where = 'subjectPublicKeyInfo'): PublicKeyInfo {
  const outer = new DerReader(spki, where);
  const sequence = outer.sequence();
  outer.end();
  const algorithm = sequence.sequence('algorithm');
  const oid = algorithm.oid('algorithm');
  const parameters = algorithm.done ? undefined : algorithm.element('parameters');
  algorithm.end();
  const key = sequence.wholeBitString('subjectPublicKey');
  sequence.end();
  const invalid = (message: string): X509Error => new X509Error('key_invalid', message, where);
  const fixed = FIXED[oid];
  if (fixed !== undefined) {
    if (parameters !== undefined) throw invalid('the algorithm of the key takes no parameters');
    if (key.length !== fixed.octets) throw invalid('the key has a wrong length');
    if (fixed.kind === 'ed25519' && isOfSmallOrder(key)) throw invalid('the key is a point of small order');
    return { kind: fixed.kind, bits: fixed.bits };
  }
  switch (oid) {
    case OID.rsaEncryption:
      if (!isNullParameters(parameters)) throw invalid('the parameters of an RSA key are not NULL');
      return readRsaKey(key, where, 'rsa');
    case OID.rsaPss:
      return readRsaKey(key, where, 'rsa-pss');
    case OID.ecPublicKey:
      return readEcKey(parameters, key, where);
    case OID.dsa:
      return readDsaKey(parameters, where);
    default:
      throw new X509Error(
        'key_unsupported',
        `the key has an algorithm that is not supported (${oid})`,
        where,
      );
  }
}

/** The points of edwards25519 of order 8 and less, in every encoding, the sign left out (RFC 8032 §5.1.2). */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** Whether signatures under the key are worth nothing: anybody can make one for any message. */
function isOfSmallOrder(key: Buffer): boolean {
  const last = key[key.length - 1]! & 0x7f;
  if (last !== 0 && last !== 0x7f && last !== 0x05 && last !== 0x7a) return false;
  const unsigned = Buffer.from(key);
  unsigned[unsigned.length - 1] = last;
  return SMALL_ORDER.has(unsigned.toString('hex'));
}

function readRsaKey(key: Buffer, where: string, kind: 'rsa' | 'rsa-pss'): PublicKeyInfo {
  const outer = new DerReader(key, where);
  const sequence = outer.sequence('RSAPublicKey');
  outer.end();
  const modulus = unsigned(sequence, 'modulus');
  const exponent = unsigned(sequence, 'publicExponent');
  sequence.end();
  const bits = bitLength(modulus);
  if (bits > MAX_MODULUS_BITS) throw new X509Error('key_unsupported', 'the RSA modulus is too large', where);
  if (bits < 256 || exponent.length === 0 || (exponent.length === 1 && exponent[0]! < 3)) {
    throw new X509Error('key_invalid', 'the RSA modulus or exponent is too small', where);
  }
  if (exponent.length > 8) throw new X509Error('key_unsupported', 'the RSA exponent is above 64 bits', where);
  return { kind, bits, modulus, exponent };
}

function readEcKey(parameters: Buffer | undefined, key: Buffer, where: string): PublicKeyInfo {
  if (parameters === undefined || parameters[0] !== TAG.oid) {
    throw new X509Error('key_unsupported', 'the curve is not given by name', where);
  }
  const oid = new DerReader(parameters, where).oid('namedCurve');
  const curve = CURVES[oid];
  if (curve === undefined)
    throw new X509Error('key_unsupported', `the curve is not supported (${oid})`, where);
  const octets = (curve.bits + 7) >> 3;
  const uncompressed = key[0] === 4 && key.length === 1 + octets * 2;
  const compressed = (key[0] === 2 || key[0] === 3) && key.length === 1 + octets;
  if (!uncompressed && !compressed)
    throw new X509Error('key_invalid', 'the point has a wrong form or length', where);
  return curve;
}

function readDsaKey(parameters: Buffer | undefined, where: string): PublicKeyInfo {
  if (parameters === undefined || parameters[0] !== TAG.sequence) {
    throw new X509Error('key_unsupported', 'a DSA key inherits its parameters', where);
  }
  const sequence = new DerReader(parameters, where).sequence('parameters');
  const bits = bitLength(unsigned(sequence, 'p'));
  if (bits > 4096) throw new X509Error('key_unsupported', 'the DSA modulus is too large', where);
  return { kind: 'dsa', bits };
}

function unsigned(reader: DerReader, name: string): Buffer {
  const content = reader.integer(name);
  if (content[0]! >= 0x80) throw reader.error('key_invalid', 'a number of the key is negative', name);
  return content[0] === 0 ? content.subarray(1) : content;
}

function bitLength(octets: Buffer): number {
  return octets.length === 0 ? 0 : octets.length * 8 - Math.clz32(octets[0]!) + 24;
}

/**
 * Imports a SubjectPublicKeyInfo for `node:crypto`, after {@link readPublicKeyInfo} has accepted it.
 * Throws its codes, and `key_invalid` where the runtime refuses the key (a point that is not on the curve).
 */
export function importPublicKey(spki: Uint8Array, where = 'subjectPublicKeyInfo'): KeyObject {
  const info = readPublicKeyInfo(spki, where);
  try {
    // As PEM, because Node takes longer to look through an object of options than OpenSSL does to decode base64.
    const base64 = Buffer.from(spki.buffer, spki.byteOffset, spki.length).toString('base64');
    return createPublicKey(`-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`);
  } catch {
    if (info.kind.startsWith('ml-dsa') || info.kind === 'ed448') {
      throw new X509Error(
        'key_unsupported',
        `this runtime does not take ${info.kind} keys, or the key is invalid`,
        where,
      );
    }
    throw new X509Error('key_invalid', 'the key is not valid', where);
  }
}
