import { createDecipheriv, pbkdf2Sync, scryptSync } from 'node:crypto';
import { DerReader } from '../asn1/der-reader.ts';
import { TAG } from '../asn1/tags.ts';
import { X509Error } from '../errors.ts';
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from '../keys/algorithm-identifier.ts';
import type { HashName } from '../keys/signature-schemes.ts';
import type { EncodedPassword } from './password-encodings.ts';
import { derivePkcs12, PURPOSE } from './pkcs12-key-derivation.ts';
import { decryptRc2Cbc } from './rc2.ts';
import type { WorkBudget } from './work-budget.ts';

/** Key length and cipher of the PKCS #12 schemes (RFC 7292 appendix C), by object identifier. */
const PKCS12_SCHEMES: ReadonlyMap<string, { cipher: 'des-ede3' | 'des-ede' | 'rc2'; keyOctets: number }> =
  new Map([
    ['1.2.840.113549.1.12.1.3', { cipher: 'des-ede3', keyOctets: 24 }],
    ['1.2.840.113549.1.12.1.4', { cipher: 'des-ede', keyOctets: 16 }],
    ['1.2.840.113549.1.12.1.5', { cipher: 'rc2', keyOctets: 16 }],
    ['1.2.840.113549.1.12.1.6', { cipher: 'rc2', keyOctets: 5 }],
  ]);

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const SCRYPT = '1.3.6.1.4.1.11591.4.11';
const RC2_CBC = '1.2.840.113549.3.2';

/** Pseudo-random functions of PBKDF2 (RFC 8018 appendix B.1). */
const PRF: ReadonlyMap<string, HashName> = new Map([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.8', 'sha224'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
]);

const CIPHERS: ReadonlyMap<string, { name: string; keyOctets: number }> = new Map([
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', keyOctets: 16 }],
  ['2.16.840.1.101.3.4.1.22', { name: 'aes-192-cbc', keyOctets: 24 }],
  ['2.16.840.1.101.3.4.1.42', { name: 'aes-256-cbc', keyOctets: 32 }],
  ['1.2.840.113549.3.7', { name: 'des-ede3-cbc', keyOctets: 24 }],
]);

/** Memory that scrypt may take, in bytes. */
const SCRYPT_MEMORY = 128 * 1024 * 1024;

function unsupported(what: string): X509Error {
  return new X509Error('key_store_unsupported', `${what} is not supported`, 'keyStore');
}

/**
 * Decrypts what a password protects: PKCS #12's 3DES and RC2, and PBES2 with PBKDF2 or scrypt and AES-CBC or 3DES. The encodings of the password
 * are tried in turn. Throws `key_store_password` if none fits, `key_store_unsupported` for other schemes or past the budget.
 */
export function decryptWithPassword(
  algorithm: AlgorithmIdentifier,
  encrypted: Buffer,
  passwords: readonly EncodedPassword[],
  budget: WorkBudget,
): Buffer {
  const decrypt = decryptor(algorithm, encrypted, budget);
  for (const password of passwords) {
    try {
      return decrypt(password);
    } catch (error) {
      if (!(error instanceof X509Error) || error.code !== 'key_store_password') throw error;
    }
  }
  throw new X509Error('key_store_password', 'the password does not open this', 'keyStore');
}

type Decrypt = (password: EncodedPassword) => Buffer;

function decryptor(algorithm: AlgorithmIdentifier, encrypted: Buffer, budget: WorkBudget): Decrypt {
  if (algorithm.oid === PBES2) return pbes2(algorithm.parameters, encrypted, budget);
  const scheme = PKCS12_SCHEMES.get(algorithm.oid);
  if (scheme === undefined) throw unsupported(`password-based encryption ${algorithm.oid}`);
  const reader = parametersOf(algorithm.parameters);
  const salt = reader.octetString('salt');
  const iterations = reader.smallInteger('iterations');
  reader.end();
  return ({ bmp }) => {
    const { cipher, keyOctets } = scheme;
    const derive = (purpose: number, octets: number): Buffer => {
      budget.spend(iterations * Math.ceil(octets / 20));
      return derivePkcs12('sha1', bmp, salt, iterations, purpose, octets);
    };
    const key = derive(PURPOSE.key, keyOctets);
    const iv = derive(PURPOSE.iv, 8);
    if (cipher === 'rc2') return decryptRc2Cbc(key, keyOctets * 8, iv, encrypted);
    const tripleKey = cipher === 'des-ede' ? Buffer.concat([key, key.subarray(0, 8)]) : key;
    return decryptCbc('des-ede3-cbc', tripleKey, iv, encrypted);
  };
}

function parametersOf(parameters: Buffer | undefined): DerReader {
  if (parameters === undefined) {
    throw new X509Error('key_store_invalid', 'an encryption has no parameters', 'keyStore');
  }
  return new DerReader(parameters, 'keyStore.encryptionAlgorithm').sequence();
}

/** RFC 8018 §6.2. */
function pbes2(parameters: Buffer | undefined, encrypted: Buffer, budget: WorkBudget): Decrypt {
  const reader = parametersOf(parameters);
  const derivation = readAlgorithmIdentifier(reader, 'keyDerivationFunc');
  const encryption = readAlgorithmIdentifier(reader, 'encryptionScheme');
  reader.end();
  if (encryption.oid === RC2_CBC) return pbes2Rc2(derivation, encryption.parameters, encrypted, budget);
  const cipher = CIPHERS.get(encryption.oid);
  if (cipher === undefined) throw unsupported(`encryption ${encryption.oid}`);
  const iv = readIv(encryption.parameters, cipher.name.startsWith('aes') ? 16 : 8);
  const derive = keyDerivation(derivation, cipher.keyOctets, budget);
  return ({ bytes }) => decryptCbc(cipher.name, derive(bytes), iv, encrypted);
}

/** RFC 8018 appendix B.2.3; the version encodes the effective key bits. */
function pbes2Rc2(
  derivation: AlgorithmIdentifier,
  parameters: Buffer | undefined,
  encrypted: Buffer,
  budget: WorkBudget,
): Decrypt {
  const reader = parametersOf(parameters);
  const version = reader.peek() === TAG.integer ? reader.smallInteger('rc2ParameterVersion') : undefined;
  const iv = reader.octetString('iv');
  reader.end();
  const effectiveBits = new Map([
    [160, 40],
    [120, 64],
    [58, 128],
    [undefined, 32],
  ]).get(version);
  if (effectiveBits === undefined || iv.length !== 8) throw unsupported('this form of RC2');
  const derive = keyDerivation(derivation, effectiveBits / 8, budget);
  return ({ bytes }) => decryptRc2Cbc(derive(bytes), effectiveBits, iv, encrypted);
}

function readIv(parameters: Buffer | undefined, octets: number): Buffer {
  if (parameters === undefined) throw new X509Error('key_store_invalid', 'a cipher has no iv', 'keyStore');
  const iv = new DerReader(parameters, 'keyStore.iv').octetString();
  if (iv.length !== octets) throw new X509Error('key_store_invalid', 'an iv has a wrong length', 'keyStore');
  return iv;
}

/** PBKDF2 or scrypt, by their AlgorithmIdentifier, to a function from the password to a key of so many octets. */
export function keyDerivation(
  algorithm: AlgorithmIdentifier,
  keyOctets: number,
  budget: WorkBudget,
): (password: Buffer) => Buffer {
  const reader = parametersOf(algorithm.parameters);
  if (algorithm.oid === SCRYPT) return scryptDerivation(reader, keyOctets, budget);
  if (algorithm.oid !== PBKDF2) throw unsupported(`key derivation ${algorithm.oid}`);
  const salt = reader.octetString('salt');
  const iterations = reader.smallInteger('iterationCount');
  const keyLength = reader.peek() === TAG.integer ? reader.smallInteger('keyLength') : keyOctets;
  const prf = reader.done ? 'sha1' : PRF.get(readAlgorithmIdentifier(reader, 'prf').oid);
  reader.end();
  if (prf === undefined) throw unsupported('the pseudo-random function of PBKDF2');
  if (keyLength !== keyOctets)
    throw new X509Error('key_store_invalid', 'a key has a wrong length', 'keyStore');
  return (password) => {
    budget.spend(iterations);
    return pbkdf2Sync(password, salt, iterations, keyOctets, prf);
  };
}

/** RFC 7914 §7. */
function scryptDerivation(
  reader: DerReader,
  keyOctets: number,
  budget: WorkBudget,
): (password: Buffer) => Buffer {
  const salt = reader.octetString('salt');
  const N = reader.smallInteger('costParameter');
  const r = reader.smallInteger('blockSize', 1024);
  const p = reader.smallInteger('parallelizationParameter', 1024);
  if (reader.peek() === TAG.integer) reader.smallInteger('keyLength');
  reader.end();
  if (N < 2 || (N & (N - 1)) !== 0 || r < 1 || p < 1 || 128 * N * r > SCRYPT_MEMORY) {
    throw unsupported('this cost of scrypt');
  }
  return (password) => {
    // One block mix of r * 128 octets weighs about as much as r iterations of a hash.
    budget.spend(4 * N * r * p);
    return scryptSync(password, salt, keyOctets, { N, r, p, maxmem: SCRYPT_MEMORY + 128 * r * p + 4096 });
  };
}

function decryptCbc(name: string, key: Buffer, iv: Buffer, encrypted: Buffer): Buffer {
  try {
    const decipher = createDecipheriv(name, key, iv);
    return Buffer.concat([decipher.update(encrypted), decipher.final()]);
  } catch {
    throw new X509Error('key_store_password', 'the password does not open this', 'keyStore');
  }
}
