import { DerReader } from '../asn1/der-reader.ts';
import { OID } from '../asn1/oids.ts';
import { contextConstructed, TAG } from '../asn1/tags.ts';
import { Certificate } from '../certificates/certificate.ts';
import { readAttributes } from '../certificates/extensions/subject-directory-attributes.ts';
import { X509Error } from '../errors.ts';
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from '../keys/algorithm-identifier.ts';
import { MAX_KEY_STORE_ENTRIES } from './contents.ts';

/** Bag types of RFC 7292 §4.2. */
const BAG = {
  key: '1.2.840.113549.1.12.10.1.1',
  shroudedKey: '1.2.840.113549.1.12.10.1.2',
  certificate: '1.2.840.113549.1.12.10.1.3',
  crl: '1.2.840.113549.1.12.10.1.4',
  nested: '1.2.840.113549.1.12.10.1.6',
} as const;

const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
const X509_CRL = '1.2.840.113549.1.9.23.1';

interface BagAttributes {
  readonly alias: string | undefined;
  readonly localKeyId: Buffer | undefined;
}

/** One bag of PKCS #12. */
export type Bag = BagAttributes &
  (
    | { readonly kind: 'certificate'; readonly certificate: Certificate }
    | { readonly kind: 'crl'; readonly der: Buffer }
    /** DER of a PrivateKeyInfo. */
    | { readonly kind: 'key'; readonly pkcs8: Buffer }
    | { readonly kind: 'shrouded-key'; readonly algorithm: AlgorithmIdentifier; readonly encrypted: Buffer }
    | { readonly kind: 'other'; readonly oid: string }
  );

/** Reads SafeContents (RFC 7292 §4.2), nested ones too, into `bags`. */
export function readBags(safeContents: Buffer, bags: Bag[], depth = 0): void {
  if (depth > 8) throw new X509Error('der_too_deep', 'bags are nested too deeply', 'keyStore.safeContents');
  const outer = new DerReader(safeContents, 'keyStore.safeContents');
  const sequence = outer.sequence();
  outer.end();
  while (!sequence.done) {
    if (bags.length >= MAX_KEY_STORE_ENTRIES) {
      throw new X509Error('der_too_large', 'the store has too many entries', 'keyStore.safeContents');
    }
    readBag(sequence.sequence('SafeBag'), bags, depth);
  }
}

function readBag(reader: DerReader, bags: Bag[], depth: number): void {
  const oid = reader.oid('bagId');
  const value = reader.constructed(contextConstructed(0), 'bagValue');
  const attributes = readBagAttributes(reader.optional(TAG.set, 'bagAttributes'));
  reader.end();
  switch (oid) {
    case BAG.certificate:
    case BAG.crl: {
      const bag = value.sequence('bag');
      const type = bag.oid('type');
      const explicit = bag.constructed(contextConstructed(0), 'value');
      const der = explicit.octetString();
      bag.end();
      if (type === X509_CERTIFICATE)
        bags.push({ ...attributes, kind: 'certificate', certificate: Certificate.parse(der) });
      else if (type === X509_CRL) bags.push({ ...attributes, kind: 'crl', der: Buffer.from(der) });
      else bags.push({ ...attributes, kind: 'other', oid: type });
      break;
    }
    case BAG.key:
      bags.push({ ...attributes, kind: 'key', pkcs8: value.element('PrivateKeyInfo', TAG.sequence) });
      break;
    case BAG.shroudedKey: {
      const info = value.sequence('EncryptedPrivateKeyInfo');
      const algorithm = readAlgorithmIdentifier(info, 'encryptionAlgorithm');
      const encrypted = info.octetString('encryptedData');
      info.end();
      bags.push({ ...attributes, kind: 'shrouded-key', algorithm, encrypted });
      break;
    }
    case BAG.nested:
      readBags(value.element('SafeContents', TAG.sequence), bags, depth + 1);
      break;
    default:
      bags.push({ ...attributes, kind: 'other', oid });
      value.any();
  }
  value.end();
}

function readBagAttributes(reader: DerReader | undefined): BagAttributes {
  let alias: string | undefined;
  let localKeyId: Buffer | undefined;
  for (const { oid, values } of reader === undefined ? [] : readAttributes(reader)) {
    const value = values[0];
    if (value === undefined) continue;
    if (oid === OID.friendlyName)
      alias = new DerReader(value, 'keyStore.friendlyName').string('', TAG.bmpString);
    if (oid === OID.localKeyId) localKeyId = new DerReader(value, 'keyStore.localKeyId').octetString();
  }
  return { alias, localKeyId };
}
