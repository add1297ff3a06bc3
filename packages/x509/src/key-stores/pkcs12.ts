import { asBuffer, DerReader } from '../asn1/der-reader.ts';
import { contextConstructed, contextPrimitive, TAG } from '../asn1/tags.ts';
import { X509Error } from '../errors.ts';
import { readAlgorithmIdentifier } from '../keys/algorithm-identifier.ts';
import { berToDer } from './ber-to-der.ts';
import { type KeyStoreContents, MAX_KEY_STORE_OCTETS, type StoredPrivateKey } from './contents.ts';
import { chainOf, importPrivateKey } from './import-private-key.ts';
import { decryptWithPassword } from './password-based-encryption.ts';
import { type EncodedPassword, encodePassword } from './password-encodings.ts';
import { type Bag, readBags } from './pkcs12-bags.ts';
import { verifyMac } from './pkcs12-mac.ts';
import { WorkBudget } from './work-budget.ts';

/** Password hashing that one store may cost, in iterations: a few seconds at worst. */
const MAX_ITERATIONS = 5_000_000;

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';

/**
 * Reads a PKCS #12 store (RFC 7292), in DER or BER: certificates, CRLs and private keys, under RC2, 3DES or PBES2. The MAC is verified first, and
 * the encoding of the password that fits it is used for the rest; a store without a MAC says `unchecked`.
 *
 * Synchronous and bounded: {@link MAX_KEY_STORE_OCTETS}, and a few seconds of password hashing at worst. Throws `key_store_password`,
 * `key_store_unsupported`, `key_store_invalid` and the reader's codes.
 */
export function readPkcs12(input: Uint8Array, password = ''): KeyStoreContents {
  if (input.length > MAX_KEY_STORE_OCTETS)
    throw new X509Error('der_too_large', 'the store is too large', 'keyStore');
  const budget = new WorkBudget(MAX_ITERATIONS);
  const outer = new DerReader(definite(asBuffer(input)), 'keyStore');
  const pfx = outer.sequence();
  outer.end();
  if (pfx.smallInteger('version') !== 3)
    throw pfx.error('key_store_unsupported', 'the version is not 3', 'version');
  const content = readData(pfx.sequence('authSafe'));
  const macData = pfx.optional(TAG.sequence, 'macData');
  pfx.end();

  let passwords: readonly EncodedPassword[] = encodePassword(password);
  if (macData !== undefined) passwords = [verifyMac(macData, content, passwords, budget)];
  const bags = readAuthenticatedSafe(content, passwords, budget);
  return assemble(bags, passwords, budget, macData === undefined ? 'unchecked' : 'verified');
}

/** The input itself if it is DER, else rewritten. */
function definite(bytes: Buffer): Buffer {
  return bytes[0] === TAG.sequence && isBer(bytes) ? berToDer(bytes, 'keyStore') : bytes;
}

/** Whether an indefinite length is met on the way down the first elements, where BER writers always use one. */
function isBer(bytes: Buffer): boolean {
  if (bytes[1] === 0x80) return true;
  try {
    walk(new DerReader(bytes, ''), 0);
    return false;
  } catch {
    return true;
  }
}

function walk(reader: DerReader, depth: number): void {
  while (!reader.done) {
    const tag = reader.peek();
    if ((tag & 0x20) === 0) reader.any();
    else if (tag === 0x24) throw new X509Error('der_not_canonical', 'a string is in pieces', '');
    else walk(reader.constructed(tag), depth + 1);
  }
}

/** ContentInfo of type data: the OCTET STRING. */
function readData(contentInfo: DerReader): Buffer {
  const type = contentInfo.oid('contentType');
  if (type !== DATA) {
    throw contentInfo.error(
      'key_store_unsupported',
      'the store is protected by public keys, not by a password',
    );
  }
  const explicit = contentInfo.constructed(contextConstructed(0), 'content');
  const content = explicit.octetString();
  explicit.end();
  contentInfo.end();
  return content;
}

function readAuthenticatedSafe(
  content: Buffer,
  passwords: readonly EncodedPassword[],
  budget: WorkBudget,
): Bag[] {
  const outer = new DerReader(definite(content), 'keyStore.authSafe');
  const safes = outer.sequence();
  outer.end();
  const bags: Bag[] = [];
  while (!safes.done) {
    const contentInfo = safes.sequence('ContentInfo');
    const type = contentInfo.oid('contentType');
    const explicit = contentInfo.constructed(contextConstructed(0), 'content');
    contentInfo.end();
    if (type === DATA) readBags(definite(explicit.octetString()), bags);
    else if (type === ENCRYPTED_DATA) readBags(definite(decrypt(explicit, passwords, budget)), bags);
    else throw explicit.error('key_store_unsupported', `content of type ${type} is not supported`);
    explicit.end();
  }
  return bags;
}

/** EncryptedData (RFC 5652 §8). */
function decrypt(explicit: DerReader, passwords: readonly EncodedPassword[], budget: WorkBudget): Buffer {
  const data = explicit.sequence('EncryptedData');
  data.smallInteger('version');
  const info = data.sequence('encryptedContentInfo');
  info.oid('contentType');
  const algorithm = readAlgorithmIdentifier(info, 'contentEncryptionAlgorithm');
  const pieces = info.optional(contextConstructed(0), 'encryptedContent');
  const encrypted = pieces?.octetString() ?? info.octetString('encryptedContent', contextPrimitive(0));
  return decryptWithPassword(algorithm, encrypted, passwords, budget);
}

function assemble(
  bags: readonly Bag[],
  passwords: readonly EncodedPassword[],
  budget: WorkBudget,
  integrity: 'verified' | 'unchecked',
): KeyStoreContents {
  const stored = bags.flatMap((bag) => (bag.kind === 'certificate' ? [bag] : []));
  const certificates = stored.map(({ certificate }) => certificate);
  const privateKeys: StoredPrivateKey[] = [];
  for (const bag of bags) {
    if (bag.kind !== 'key' && bag.kind !== 'shrouded-key') continue;
    const pkcs8 = bag.kind === 'key' ? Buffer.from(bag.pkcs8) : open(bag, passwords, budget);
    const privateKey = pkcs8 === undefined ? undefined : importPrivateKey(pkcs8);
    const { localKeyId } = bag;
    const marked = stored.find(
      (each) => localKeyId !== undefined && each.localKeyId?.equals(localKeyId) === true,
    );
    const chain = chainOf(privateKey, certificates, marked?.certificate);
    privateKeys.push({ alias: bag.alias, privateKey, locked: pkcs8 === undefined, chain });
  }
  return {
    format: 'pkcs12',
    certificates: stored.map(({ alias, certificate }) => ({ alias, certificate })),
    privateKeys,
    crls: bags.flatMap((bag) => (bag.kind === 'crl' ? [bag.der] : [])),
    others: bags.flatMap((bag) => (bag.kind === 'other' ? [bag.alias] : [])),
    integrity,
  };
}

function open(
  bag: Bag & { kind: 'shrouded-key' },
  passwords: readonly EncodedPassword[],
  budget: WorkBudget,
): Buffer | undefined {
  try {
    return decryptWithPassword(bag.algorithm, bag.encrypted, passwords, budget);
  } catch (error) {
    if (error instanceof X509Error && error.code === 'key_store_password') return undefined;
    throw error;
  }
}
