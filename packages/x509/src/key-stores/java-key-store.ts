import { createDecipheriv, hash, timingSafeEqual } from 'node:crypto';
import { asBuffer, DerReader } from '../asn1/der-reader.ts';
import { encodeBmp } from '../asn1/strings.ts';
import { Certificate } from '../certificates/certificate.ts';
import { X509Error } from '../errors.ts';
import { readAlgorithmIdentifier } from '../keys/algorithm-identifier.ts';
import { ByteReader } from './byte-reader.ts';
import {
  type KeyStoreContents,
  MAX_KEY_STORE_ENTRIES,
  MAX_KEY_STORE_OCTETS,
  type StoredCertificate,
  type StoredPrivateKey,
} from './contents.ts';
import { importPrivateKey } from './import-private-key.ts';
import { skipJavaObject } from './java-serialization.ts';
import { WorkBudget } from './work-budget.ts';

const JKS_MAGIC = 0xfeedfeed;
const JCEKS_MAGIC = 0xcececece;
const DIGEST_OCTETS = 20;

/** Sun's own protection of keys in JKS, and its PBE with MD5 and triple DES in JCEKS. */
const JKS_PROTECTION = '1.3.6.1.4.1.42.2.17.1.1';
const JCEKS_PROTECTION = '1.3.6.1.4.1.42.2.19.1';

/** Password hashing that one store may cost, in iterations. */
const MAX_ITERATIONS = 8_000_000;

/** Whether the octets begin like a JKS or JCEKS store. */
export function isJavaKeyStore(input: Uint8Array): boolean {
  if (input.length < 12) return false;
  const magic = asBuffer(input).readUInt32BE(0);
  return magic === JKS_MAGIC || magic === JCEKS_MAGIC;
}

/**
 * Reads a Java key store, JKS or JCEKS: trusted certificates, private keys with their chains, and the aliases of secret keys.
 *
 * Without a password, certificates are read all the same (`integrity` is `unchecked`) and keys stay locked. With one, the store's digest is
 * verified. `keyPassword` opens the keys (default: the store's password); a key under another password is `locked`. Throws `key_store_password` for a digest
 * that does not fit, `key_store_invalid`, `der_too_large` and the codes of certificates.
 */
export function readJavaKeyStore(
  input: Uint8Array,
  password?: string,
  keyPassword = password,
): KeyStoreContents {
  if (input.length > MAX_KEY_STORE_OCTETS)
    throw new X509Error('der_too_large', 'the store is too large', 'keyStore');
  const bytes = asBuffer(input);
  if (!isJavaKeyStore(bytes) || bytes.length < 12 + DIGEST_OCTETS) {
    throw new X509Error('key_store_invalid', 'this is no Java key store', 'keyStore', 0);
  }
  const reader = new ByteReader(bytes.subarray(0, bytes.length - DIGEST_OCTETS));
  const format = reader.uint32() === JKS_MAGIC ? 'jks' : 'jceks';
  const version = reader.uint32();
  if (version !== 1 && version !== 2) {
    throw new X509Error(
      'key_store_unsupported',
      'the version of the Java key store is not known',
      'keyStore',
      4,
    );
  }
  if (password !== undefined) verifyDigest(bytes, password);

  const certificates: StoredCertificate[] = [];
  const privateKeys: StoredPrivateKey[] = [];
  const others: string[] = [];
  const budget = new WorkBudget(MAX_ITERATIONS);
  const count = reader.count(MAX_KEY_STORE_ENTRIES);
  for (let i = 0; i < count; i++) {
    const tag = reader.uint32();
    const alias = reader.javaString();
    reader.skip(8);
    if (tag === 1) {
      const protectedKey = reader.block();
      const chainLength = reader.count(1000);
      const chain: Certificate[] = [];
      for (let j = 0; j < chainLength; j++) chain.push(readCertificate(reader, version));
      privateKeys.push({ alias, chain, ...openKey(protectedKey, keyPassword, budget) });
    } else if (tag === 2) {
      certificates.push({ alias, certificate: readCertificate(reader, version) });
    } else if (tag === 3 && format === 'jceks') {
      skipJavaObject(reader);
      others.push(alias);
    } else {
      throw new X509Error('key_store_invalid', 'an entry is of an unknown kind', 'keyStore', reader.position);
    }
  }
  reader.end();
  return {
    format,
    certificates,
    privateKeys,
    crls: [],
    others,
    integrity: password === undefined ? 'unchecked' : 'verified',
  };
}

function verifyDigest(bytes: Buffer, password: string): void {
  const content = bytes.subarray(0, bytes.length - DIGEST_OCTETS);
  const salted = Buffer.concat([encodeBmp(password), Buffer.from('Mighty Aphrodite'), content]);
  if (!timingSafeEqual(hash('sha1', salted, 'buffer'), bytes.subarray(bytes.length - DIGEST_OCTETS))) {
    throw new X509Error('key_store_password', 'the password is wrong, or the store was changed', 'keyStore');
  }
}

function readCertificate(reader: ByteReader, version: number): Certificate {
  const type = version === 1 ? 'X.509' : reader.javaString();
  if (type !== 'X.509') {
    throw new X509Error('key_store_unsupported', 'a certificate is not X.509', 'keyStore', reader.position);
  }
  return Certificate.parse(reader.block());
}

function openKey(
  protectedKey: Buffer,
  password: string | undefined,
  budget: WorkBudget,
): Pick<StoredPrivateKey, 'privateKey' | 'locked'> {
  const outer = new DerReader(protectedKey, 'keyStore.privateKey');
  const info = outer.sequence();
  outer.end();
  const algorithm = readAlgorithmIdentifier(info, 'encryptionAlgorithm');
  const encrypted = info.octetString('encryptedData');
  info.end();
  if (password === undefined) return { privateKey: undefined, locked: true };
  let pkcs8: Buffer | undefined;
  if (algorithm.oid === JKS_PROTECTION) pkcs8 = decryptJks(encrypted, password);
  else if (algorithm.oid === JCEKS_PROTECTION)
    pkcs8 = decryptJceks(algorithm.parameters, encrypted, password, budget);
  return {
    privateKey: pkcs8 === undefined ? undefined : importPrivateKey(pkcs8),
    locked: pkcs8 === undefined,
  };
}

/** Sun's KeyProtector: a key stream of chained SHA-1, salt in front, digest behind. Undefined if the password does not fit. */
function decryptJks(encrypted: Buffer, password: string): Buffer | undefined {
  if (encrypted.length < 2 * DIGEST_OCTETS) return undefined;
  const secret = encodeBmp(password);
  const plain = Buffer.from(encrypted.subarray(DIGEST_OCTETS, encrypted.length - DIGEST_OCTETS));
  let block = encrypted.subarray(0, DIGEST_OCTETS);
  for (let at = 0; at < plain.length; at += DIGEST_OCTETS) {
    block = hash('sha1', Buffer.concat([secret, block]), 'buffer');
    for (let i = 0; i < DIGEST_OCTETS && at + i < plain.length; i++) plain[at + i]! ^= block[i]!;
  }
  const digest = hash('sha1', Buffer.concat([secret, plain]), 'buffer');
  return timingSafeEqual(digest, encrypted.subarray(encrypted.length - DIGEST_OCTETS)) ? plain : undefined;
}

/** PBEWithMD5AndTripleDES: each half of the salt is hashed with the password over and over; the two results are key and iv. */
function decryptJceks(
  parameters: Buffer | undefined,
  encrypted: Buffer,
  password: string,
  budget: WorkBudget,
): Buffer | undefined {
  const reader = new DerReader(parameters ?? Buffer.alloc(0), 'keyStore.encryptionAlgorithm').sequence();
  const salt = Buffer.from(reader.octetString('salt'));
  const iterations = reader.smallInteger('iterationCount');
  reader.end();
  if (salt.length !== 8) throw new X509Error('key_store_invalid', 'a salt has a wrong length', 'keyStore');
  budget.spend(2 * iterations);
  // Equal halves: Java means to reverse the first one and does this instead.
  if (salt.subarray(0, 4).equals(salt.subarray(4))) {
    salt[0] = salt[3]!;
    salt[2] = salt[1]!;
  }
  const secret = Buffer.from(password, 'latin1');
  const derived = [salt.subarray(0, 4), salt.subarray(4)].map((half) => {
    let digest: Buffer = half;
    for (let i = 0; i < iterations; i++) digest = hash('md5', Buffer.concat([digest, secret]), 'buffer');
    return digest;
  });
  const keyAndIv = Buffer.concat(derived);
  try {
    const decipher = createDecipheriv('des-ede3-cbc', keyAndIv.subarray(0, 24), keyAndIv.subarray(24));
    return Buffer.concat([decipher.update(encrypted), decipher.final()]);
  } catch {
    return undefined;
  }
}
