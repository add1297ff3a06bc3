import { createPublicKey } from 'node:crypto';
import { Pkcs11Error } from './pkcs11-error.ts';

/** Kinds of keys that are made and used on tokens. */
export type TokenKeyType = 'ec-p256' | 'ec-p384' | 'rsa-2048' | 'rsa-3072' | 'rsa-4096' | 'ed25519';

const curves = [
  { keyType: 'ec-p256', crv: 'P-256', size: 32, parameters: '06082a8648ce3d030107' },
  { keyType: 'ec-p384', crv: 'P-384', size: 48, parameters: '06052b81040022' },
] as const;

/** RFC 8410 as an OID, and the name that PKCS #11 3.0 §2.3.10 takes as well: both are seen. */
const ed25519Parameters = ['06032b6570', '130c656477617264733235353139'];

/** CKA_EC_PARAMS for a key to be made; PKCS #11 3.0 §2.3. */
export function curveParameters(keyType: 'ec-p256' | 'ec-p384' | 'ed25519'): Buffer {
  const curve = curves.find((one) => one.keyType === keyType);
  return Buffer.from(curve?.parameters ?? ed25519Parameters[1]!, 'hex');
}

/** DER of the SubjectPublicKeyInfo. CKA_EC_POINT is an OCTET STRING around the point, or the point alone. Throws Pkcs11Error. */
export function curvePublicKey(parameters: Buffer, point: Buffer): Buffer {
  const hex = parameters.toString('hex');
  const curve = curves.find((one) => one.parameters === hex);
  if (curve !== undefined) {
    const { crv, size } = curve;
    const bare = unwrap(point, 1 + 2 * size);
    if (bare[0] !== 4) throw unsupported('a compressed point');
    return spki({
      kty: 'EC',
      crv,
      x: bare.subarray(1, 1 + size).toString('base64url'),
      y: bare.subarray(1 + size).toString('base64url'),
    });
  }
  if (ed25519Parameters.includes(hex)) {
    return spki({ kty: 'OKP', crv: 'Ed25519', x: unwrap(point, 32).toString('base64url') });
  }
  throw unsupported('a key on another curve than P-256, P-384 and Ed25519');
}

/** DER of the SubjectPublicKeyInfo. Throws Pkcs11Error. */
export function rsaPublicKey(modulus: Buffer, publicExponent: Buffer): Buffer {
  return spki({ kty: 'RSA', n: withoutZeros(modulus), e: withoutZeros(publicExponent) });
}

function spki(jwk: Record<string, string>): Buffer {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'der', type: 'spki' });
  } catch {
    throw unsupported('a public key that is none');
  }
}

function unwrap(point: Buffer, size: number): Buffer {
  if (point.length === size) return point;
  if (point.length === size + 2 && point[0] === 4 && point[1] === size) return point.subarray(2);
  throw unsupported('a point of another size');
}

function withoutZeros(integer: Buffer): string {
  const first = integer.findIndex((octet) => octet !== 0);
  return integer.subarray(Math.max(first, 0)).toString('base64url');
}

function unsupported(what: string): Pkcs11Error {
  return new Pkcs11Error('key_unsupported', `the token holds ${what}`);
}
