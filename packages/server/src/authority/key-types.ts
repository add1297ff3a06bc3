import type { KeyObject } from 'node:crypto';
import { generateKeyPair } from 'node:crypto';
import type { PublicKeyInfo } from '@mortise/x509';
import { readPublicKeyInfo, X509Error } from '@mortise/x509';
import { AuthorityError } from './authority-error.ts';
import type { AuthorityKeyType } from './authority-record.ts';
import type { ProfileDefinition } from './profiles/profile-definition.ts';

/** Largest RSA modulus that is certified, in bits: whoever meets the certificate pays for checking with it. */
const maximumRsaBits = 8192;

/** Makes a private key. RSA keys take up to seconds, on libuv's threads. */
export function generatePrivateKey(keyType: AuthorityKeyType): Promise<KeyObject> {
  const { promise, resolve, reject } = Promise.withResolvers<KeyObject>();
  const done = (error: Error | null, _publicKey: KeyObject, privateKey: KeyObject): void => {
    if (error === null) resolve(privateKey);
    else reject(error);
  };
  switch (keyType) {
    case 'ec-p256':
      generateKeyPair('ec', { namedCurve: 'P-256' }, done);
      break;
    case 'ec-p384':
      generateKeyPair('ec', { namedCurve: 'P-384' }, done);
      break;
    case 'rsa-2048':
    case 'rsa-3072':
    case 'rsa-4096':
      generateKeyPair('rsa', { modulusLength: Number(keyType.slice(4)) }, done);
      break;
    case 'ed25519':
      generateKeyPair('ed25519', undefined, done);
      break;
  }
  return promise;
}

/**
 * Refuses a subject's key that is weak or of a kind that is not certified: taken are EC keys on P-256, P-384 and
 * P-521, Ed25519, and RSA of 2048 to 8192 bits with an odd exponent of at least 65537. Throws AuthorityError.
 */
export function checkSubjectKey(spki: Uint8Array): void {
  const key = readKey(spki);
  switch (key.kind) {
    case 'ec':
      if (key.bits < 256) throw weak(`a key on ${key.curve}`);
      return;
    case 'ed25519':
      return;
    case 'rsa':
      if (key.bits < 2048) throw weak(`an RSA key of ${key.bits} bits`);
      if (key.bits > maximumRsaBits) {
        throw new AuthorityError('key_unsupported', `an RSA key of ${key.bits} bits is too large`);
      }
      if (!strongExponent(key.exponent)) throw weak('an RSA key with such an exponent');
      return;
    default:
      throw new AuthorityError('key_unsupported', `keys of the kind ${key.kind} are not certified`);
  }
}

/** Refuses a key of a kind that the profile does not allow. Throws AuthorityError. */
export function checkKeyType(spki: Uint8Array, profile: Pick<ProfileDefinition, 'name' | 'keyTypes'>): void {
  const key = readKey(spki);
  const fits = profile.keyTypes.some((type) => {
    if (type === 'ed25519') return key.kind === 'ed25519';
    const bits = Number(/\d+$/.exec(type)?.[0]);
    if (type.startsWith('rsa')) return key.kind === 'rsa' && key.bits >= bits;
    return key.kind === 'ec' && key.bits === bits;
  });
  if (fits) return;
  throw new AuthorityError(
    'key_type_not_allowed',
    `the profile ${profile.name} allows keys of the kinds ${profile.keyTypes.join(', ')}`,
    [...profile.keyTypes],
  );
}

/** The first kind of key that a profile allows and that is generated here. */
export function keyTypeToGenerate({ keyTypes }: Pick<ProfileDefinition, 'keyTypes'>): AuthorityKeyType {
  return keyTypes.find((type) => type !== 'ec-p521') ?? 'ec-p384';
}

function readKey(spki: Uint8Array): PublicKeyInfo {
  try {
    return readPublicKeyInfo(spki);
  } catch (error) {
    if (error instanceof X509Error) throw new AuthorityError('key_unsupported', error.message);
    throw error;
  }
}

function strongExponent(exponent: Buffer): boolean {
  const odd = (exponent.at(-1) ?? 0) % 2 === 1;
  return odd && (exponent.length > 3 || (exponent.length === 3 && exponent.readUIntBE(0, 3) >= 65_537));
}

function weak(what: string): AuthorityError {
  return new AuthorityError('key_weak', `${what} is too weak to certify`);
}
