import { DerReader } from '../asn1/der-reader.ts';
import { contextConstructed, contextPrimitive, TAG } from '../asn1/tags.ts';
import { X509Error } from '../errors.ts';
import { readExtensions } from './extension.ts';

/** Largest certificate that is read, in octets of DER: 1 Mi. */
export const MAX_CERTIFICATE_OCTETS = 1024 * 1024;

/** Where the parts of a certificate are: offsets into its DER instead of slices, since a Buffer object costs more than a hundred bytes. */
export interface CertificateLayout {
  readonly version: 1 | 2 | 3;
  /** Epoch milliseconds. */
  readonly notBefore: number;
  /** Epoch milliseconds. */
  readonly notAfter: number;
  readonly tbsStart: number;
  readonly tbsEnd: number;
  readonly serialStart: number;
  readonly issuerStart: number;
  readonly validityStart: number;
  readonly subjectStart: number;
  readonly spkiStart: number;
  readonly spkiEnd: number;
  /** Of the Extensions; both 0 where there are none. */
  readonly extensionsStart: number;
  readonly extensionsEnd: number;
}

/** Checks the structure of a certificate (RFC 5280 §4.1) in strict DER, down to the extensions' values. Throws X509Error. */
export function readLayout(der: Buffer): CertificateLayout {
  if (der.length > MAX_CERTIFICATE_OCTETS) {
    throw new X509Error('der_too_large', 'the certificate is too large', 'certificate', 0);
  }
  const outer = new DerReader(der, 'certificate');
  const certificate = outer.sequence();
  outer.end();
  const tbs = certificate.sequence('tbsCertificate');
  const tbsStart = certificate.start;
  const tbsEnd = certificate.contentEnd;
  checkAlgorithm(certificate, 'signatureAlgorithm');
  certificate.wholeBitString('signature');
  certificate.end();

  const version = readVersion(tbs);
  const serialStart = tbs.position;
  tbs.integer('serialNumber');
  checkAlgorithm(tbs, 'signature');
  const issuerStart = tbs.position;
  tbs.expect(TAG.sequence, 'issuer');
  const validityStart = tbs.position;
  const validity = tbs.sequence('validity');
  const notBefore = validity.time('notBefore');
  const notAfter = validity.time('notAfter');
  validity.end();
  const subjectStart = tbs.position;
  tbs.expect(TAG.sequence, 'subject');
  const spkiStart = tbs.position;
  tbs.expect(TAG.sequence, 'subjectPublicKeyInfo');
  const spkiEnd = tbs.position;
  skipUniqueIdentifiers(tbs, version);
  const explicit = tbs.optional(contextConstructed(3), 'extensions');
  tbs.end();
  const extensionsStart = explicit?.position ?? 0;
  const extensionsEnd = explicit?.limit ?? 0;
  if (explicit !== undefined) checkExtensions(explicit, version);
  return {
    version,
    notBefore,
    notAfter,
    tbsStart,
    tbsEnd,
    serialStart,
    issuerStart,
    validityStart,
    subjectStart,
    spkiStart,
    spkiEnd,
    extensionsStart,
    extensionsEnd,
  };
}

function readVersion(tbs: DerReader): 1 | 2 | 3 {
  const explicit = tbs.optional(contextConstructed(0), 'version');
  if (explicit === undefined) return 1;
  const version = explicit.smallInteger();
  explicit.end();
  if (version > 2) throw explicit.error('certificate_invalid', 'the version is not 1, 2 or 3');
  return (version + 1) as 1 | 2 | 3;
}

function checkAlgorithm(reader: DerReader, name: string): void {
  const algorithm = reader.sequence(name);
  algorithm.expect(TAG.oid, 'algorithm');
  if (!algorithm.done) algorithm.any('parameters');
  algorithm.end();
}

function skipUniqueIdentifiers(tbs: DerReader, version: number): void {
  for (const number of [1, 2]) {
    if (tbs.peek() !== contextPrimitive(number)) continue;
    if (version === 1)
      throw tbs.error('certificate_invalid', 'a version 1 certificate has unique identifiers');
    tbs.bitString(number === 1 ? 'issuerUniqueID' : 'subjectUniqueID', contextPrimitive(number));
  }
}

function checkExtensions(explicit: DerReader, version: number): void {
  if (version !== 3)
    throw explicit.error('certificate_invalid', 'only version 3 certificates have extensions');
  const extensions = explicit.sequence();
  explicit.end();
  readExtensions(extensions);
}
