import { constants, createHmac, type KeyObject, timingSafeEqual, verify } from 'node:crypto';

interface AsymmetricAlgorithm {
  /** Undefined: the algorithm hashes by itself. */
  readonly digest: string | undefined;
  readonly keyType: 'rsa' | 'ec' | 'ed25519';
  /** Octets of each of the two numbers of an ECDSA signature (RFC 7518 §3.4). */
  readonly ecdsaOctets?: number;
  readonly pss?: true;
}

const asymmetric: ReadonlyMap<string, AsymmetricAlgorithm> = new Map([
  ['ES256', { digest: 'sha256', keyType: 'ec', ecdsaOctets: 32 }],
  ['ES384', { digest: 'sha384', keyType: 'ec', ecdsaOctets: 48 }],
  ['ES512', { digest: 'sha512', keyType: 'ec', ecdsaOctets: 66 }],
  ['EdDSA', { digest: undefined, keyType: 'ed25519' }],
  ['Ed25519', { digest: undefined, keyType: 'ed25519' }],
  ['RS256', { digest: 'sha256', keyType: 'rsa' }],
  ['RS384', { digest: 'sha384', keyType: 'rsa' }],
  ['RS512', { digest: 'sha512', keyType: 'rsa' }],
  ['PS256', { digest: 'sha256', keyType: 'rsa', pss: true }],
  ['PS384', { digest: 'sha384', keyType: 'rsa', pss: true }],
  ['PS512', { digest: 'sha512', keyType: 'rsa', pss: true }],
]);

/** The algorithms that a client may sign with a private key (RFC 7518 §3.1, RFC 8037, RFC 9864). */
export const asymmetricAlgorithms: readonly string[] = [...asymmetric.keys()];

/**
 * RFC 7518 §3.2 wants a key as long as the digest, and secrets here have 256 bits: so only HS256.
 */
export const symmetricAlgorithms: readonly string[] = ['HS256'];

/** Checks a JWS signature. The key's type has to be the algorithm's, whatever the header claims. */
export function signatureIsValid(
  algorithm: string,
  key: KeyObject,
  signingInput: Buffer,
  signature: Buffer,
): boolean {
  const traits = asymmetric.get(algorithm);
  if (traits === undefined || key.type !== 'public' || key.asymmetricKeyType !== traits.keyType) return false;
  if (traits.pss) {
    const options = {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    };
    return verify(traits.digest, signingInput, options, signature);
  }
  if (traits.ecdsaOctets === undefined) return verify(traits.digest, signingInput, key, signature);
  // With the bare key and DER, OpenSSL is twice as fast as with `dsaEncoding`.
  const der = ecdsaDer(signature, traits.ecdsaOctets);
  return der !== undefined && verify(traits.digest, signingInput, key, der);
}

/** Checks an HS256 signature with a client's secret. */
export function macIsValid(key: KeyObject, signingInput: Buffer, signature: Buffer): boolean {
  if (key.type !== 'secret') return false;
  const expected = createHmac('sha256', key).update(signingInput).digest();
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

/** The two numbers of RFC 7518 §3.4 as the SEQUENCE that OpenSSL reads; undefined where the length is wrong. */
function ecdsaDer(signature: Buffer, octets: number): Buffer | undefined {
  if (signature.length !== 2 * octets) return undefined;
  const r = derInteger(signature, 0, octets);
  const s = derInteger(signature, octets, 2 * octets);
  const length = r.length + s.length;
  const header = length < 128 ? [0x30, length] : [0x30, 0x81, length];
  return Buffer.concat([Buffer.from(header), r, s]);
}

function derInteger(bytes: Buffer, from: number, end: number): Buffer {
  let start = from;
  while (start < end - 1 && bytes[start] === 0) start += 1;
  const padding = bytes[start]! >= 0x80 ? 1 : 0;
  // From the pool: memory of its own would cost more than all the rest.
  const integer = Buffer.allocUnsafe(2 + padding + end - start);
  integer[0] = 0x02;
  integer[1] = padding + end - start;
  integer[2] = 0;
  bytes.copy(integer, 2 + padding, start, end);
  return integer;
}
