import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { invalidMember } from './client-error.ts';
import type { KeyCredential } from './credential.ts';

/** Bounds on the RSA keys of clients, in bits: the cost of a check grows with the square. */
const rsaBits = { minimum: 2048, maximum: 8192 };

const curves: Readonly<Record<string, { octets: number; algorithms: readonly string[] }>> = {
  'P-256': { octets: 32, algorithms: ['ES256'] },
  'P-384': { octets: 48, algorithms: ['ES384'] },
  'P-521': { octets: 66, algorithms: ['ES512'] },
};
const rsaAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const edwardsAlgorithms = ['EdDSA', 'Ed25519'];
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

const importedKeys = new WeakMap<KeyCredential, KeyObject>();

/** A public key of an allowed kind, reduced to the members that are kept. */
export interface PublicJwk {
  readonly jwk: JWK;
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
  readonly publicKey: KeyObject;
}

/**
 * Reads one public JWK (RFC 7517): EC on P-256, P-384 or P-521, OKP Ed25519, or RSA of 2048 to 8192 bits. Throws
 * ClientError for any other key, for private members, and for a `use`, `key_ops` or `alg` that does not fit.
 * `member` names the place in messages.
 */
export function readPublicJwk(value: unknown, member: string): PublicJwk {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidMember(member, 'a key is a JSON object');
  }
  const given = value as Record<string, unknown>;
  if (privateMembers.some((name) => Object.hasOwn(given, name))) {
    throw invalidMember(member, 'this is a private or symmetric key; register its public part only');
  }
  if (Object.hasOwn(given, 'x5u')) throw invalidMember(member, 'x5u is never fetched; give x5c');
  const key = publicMembers(given, member);
  checkPurpose(given, key, member);
  const kept: JWK = { ...key };
  if (given['kid'] !== undefined) kept.kid = text(given, 'kid', 256, member);
  if (given['alg'] !== undefined) kept.alg = given['alg'] as string;
  if (given['use'] !== undefined) kept.use = 'sig';
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey({ key: { ...key }, format: 'jwk' });
  } catch {
    throw invalidMember(member, 'this is no valid key');
  }
  return { jwk: kept, thumbprint: thumbprintOf(key), publicKey };
}

/** The JWS algorithms that a key of this type verifies, further narrowed by its own `alg`. */
export function algorithmsOf(jwk: JWK): readonly string[] {
  const allowed = algorithmsByType(jwk);
  return jwk.alg === undefined ? allowed : allowed.filter((algorithm) => algorithm === jwk.alg);
}

/** The imported key of a credential; imported once (30 to 60 µs) for as long as the record is in memory. */
export function importedKey(credential: KeyCredential): KeyObject {
  let key = importedKeys.get(credential);
  if (key === undefined) {
    key = createPublicKey({ key: { ...credential.jwk }, format: 'jwk' });
    importedKeys.set(credential, key);
  }
  return key;
}

/** The same bounds for a key that came in a certificate. Undefined where it is allowed, else what is wrong with it. */
export function refusedKey(key: KeyObject): string | undefined {
  const details = key.asymmetricKeyDetails;
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return undefined;
    case 'ec':
      return ['prime256v1', 'secp384r1', 'secp521r1'].includes(details?.namedCurve ?? '')
        ? undefined
        : 'its curve is not one of P-256, P-384 and P-521';
    case 'rsa': {
      const bits = details?.modulusLength ?? 0;
      return bits >= rsaBits.minimum && bits <= rsaBits.maximum
        ? undefined
        : `its RSA key has ${bits} bits, not ${rsaBits.minimum} to ${rsaBits.maximum}`;
    }
    default:
      return 'its key is not EC, Ed25519 or RSA';
  }
}

function publicMembers(given: Record<string, unknown>, member: string): JWK {
  switch (given['kty']) {
    case 'EC': {
      const crv = given['crv'];
      const curve = typeof crv === 'string' && Object.hasOwn(curves, crv) ? curves[crv] : undefined;
      if (curve === undefined) throw invalidMember(member, 'crv is P-256, P-384 or P-521');
      const [x, y] = ['x', 'y'].map((name) => {
        const octets = base64url(given, name, member);
        if (octets.length !== curve.octets) throw invalidMember(member, `${name} has a wrong length`);
        return given[name] as string;
      });
      return { kty: 'EC', crv: crv as string, x: x!, y: y! };
    }
    case 'OKP':
      if (given['crv'] !== 'Ed25519') throw invalidMember(member, 'crv is Ed25519');
      if (base64url(given, 'x', member).length !== 32) throw invalidMember(member, 'x has a wrong length');
      return { kty: 'OKP', crv: 'Ed25519', x: given['x'] as string };
    case 'RSA': {
      const modulus = base64url(given, 'n', member);
      const bits = modulus.length * 8 - Math.clz32(modulus[0]!) + 24;
      if (bits < rsaBits.minimum || bits > rsaBits.maximum) {
        throw invalidMember(
          member,
          `the RSA key has ${bits} bits, not ${rsaBits.minimum} to ${rsaBits.maximum}`,
        );
      }
      const exponent = base64url(given, 'e', member);
      const e = exponent.length <= 4 ? exponent.readUIntBE(0, exponent.length) : 0;
      if (e < 65_537 || e % 2 === 0) {
        throw invalidMember(member, 'the RSA exponent is odd, from 65537, and of at most 32 bits');
      }
      return { kty: 'RSA', n: given['n'] as string, e: given['e'] as string };
    }
    default:
      throw invalidMember(member, 'kty is EC, OKP or RSA');
  }
}

function checkPurpose(given: Record<string, unknown>, key: JWK, member: string): void {
  if (given['use'] !== undefined && given['use'] !== 'sig') throw invalidMember(member, 'use is sig');
  const operations = given['key_ops'];
  if (
    operations !== undefined &&
    !(Array.isArray(operations) && operations.every((one) => one === 'verify'))
  ) {
    throw invalidMember(member, 'key_ops is ["verify"]');
  }
  const algorithm = given['alg'];
  const allowed = algorithmsByType(key);
  if (algorithm !== undefined && !(typeof algorithm === 'string' && allowed.includes(algorithm))) {
    throw invalidMember(member, `alg of this key is one of ${allowed.join(', ')}`);
  }
}

function algorithmsByType(jwk: JWK): readonly string[] {
  if (jwk.kty === 'RSA') return rsaAlgorithms;
  if (jwk.kty === 'OKP') return edwardsAlgorithms;
  return (jwk.crv !== undefined && Object.hasOwn(curves, jwk.crv) && curves[jwk.crv]?.algorithms) || [];
}

/** Unpadded canonical base64url of at least one octet, without leading zero octets for numbers checked by length. */
function base64url(given: Record<string, unknown>, name: string, member: string): Buffer {
  const encoded = text(given, name, 1400, member);
  const octets = Buffer.from(encoded, 'base64url');
  if (octets.length === 0 || octets.toString('base64url') !== encoded) {
    throw invalidMember(member, `${name} is not base64url`);
  }
  if (given['kty'] === 'RSA' && octets[0] === 0) throw invalidMember(member, `${name} has a leading zero`);
  return octets;
}

function text(given: Record<string, unknown>, name: string, maximum: number, member: string): string {
  const value = given[name];
  if (typeof value !== 'string' || value.length === 0 || value.length > maximum) {
    throw invalidMember(member, `${name} is text of 1 to ${maximum} characters`);
  }
  return value;
}

function thumbprintOf(key: JWK): string {
  // RFC 7638 §3.3: the required members alone, in the order of their names.
  const members = Object.fromEntries(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}
