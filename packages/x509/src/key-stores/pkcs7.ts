import { asBuffer, DerReader } from '../asn1/der-reader.ts';
import { contextConstructed, TAG } from '../asn1/tags.ts';
import { Certificate } from '../certificates/certificate.ts';
import { X509Error } from '../errors.ts';
import { isPem, parsePem } from '../pem/pem.ts';
import { berToDer } from './ber-to-der.ts';
import { type KeyStoreContents, MAX_KEY_STORE_ENTRIES, MAX_KEY_STORE_OCTETS } from './contents.ts';

const SIGNED_DATA = '1.2.840.113549.1.7.2';

/**
 * Reads the certificates and CRLs of a PKCS #7 or CMS bundle (`.p7b`, `.p7c`; RFC 5652 §5 SignedData), in DER, BER or PEM (`PKCS7`, `CMS`). Signatures in it are not checked: such
 * a bundle only carries. Throws `key_store_invalid`, `key_store_unsupported` for other content, `der_too_large`, and the reader's codes.
 */
export function readPkcs7(input: Uint8Array | string): KeyStoreContents {
  let bytes: Uint8Array;
  if (isPem(input)) {
    const block = parsePem(input, ['PKCS7', 'CMS', 'PKCS #7 SIGNED DATA'])[0];
    if (block === undefined) throw new X509Error('pem_invalid', 'there is no PKCS7 block', 'pem');
    bytes = block.der;
  } else {
    bytes = asBuffer(input as Uint8Array);
  }
  if (bytes.length > MAX_KEY_STORE_OCTETS)
    throw new X509Error('der_too_large', 'the bundle is too large', 'keyStore');
  try {
    return readSignedData(bytes);
  } catch (error) {
    if (!(error instanceof X509Error) || error.code !== 'der_not_canonical') throw error;
    return readSignedData(berToDer(bytes, 'keyStore'));
  }
}

function readSignedData(bytes: Uint8Array): KeyStoreContents {
  const outer = new DerReader(bytes, 'keyStore');
  const contentInfo = outer.sequence();
  outer.end();
  const type = contentInfo.oid('contentType');
  if (type !== SIGNED_DATA)
    throw contentInfo.error('key_store_unsupported', `content of type ${type} is not supported`);
  const signedData = contentInfo.constructed(contextConstructed(0), 'content').sequence('SignedData');
  signedData.smallInteger('version');
  signedData.any('digestAlgorithms');
  signedData.any('encapContentInfo');
  const certificates = readCertificates(signedData.optional(contextConstructed(0), 'certificates'));
  const crls = readCrls(signedData.optional(contextConstructed(1), 'crls'));
  return {
    format: 'pkcs7',
    certificates: certificates.map((certificate) => ({ alias: undefined, certificate })),
    privateKeys: [],
    crls,
    others: [],
    integrity: 'unchecked',
  };
}

function checkCount(reader: DerReader, count: number): void {
  if (count >= MAX_KEY_STORE_ENTRIES) throw reader.error('der_too_large', 'there are too many entries');
}

/** CertificateSet: choices other than Certificate (attribute certificates and older forms) have context tags and are stepped over. */
function readCertificates(set: DerReader | undefined): Certificate[] {
  const certificates: Certificate[] = [];
  while (set !== undefined && !set.done) {
    checkCount(set, certificates.length);
    if (set.peek() === TAG.sequence) certificates.push(Certificate.parse(set.element('certificate')));
    else set.any();
  }
  return certificates;
}

function readCrls(set: DerReader | undefined): Buffer[] {
  const crls: Buffer[] = [];
  while (set !== undefined && !set.done) {
    checkCount(set, crls.length);
    if (set.peek() === TAG.sequence) crls.push(Buffer.from(set.element('crl')));
    else set.any();
  }
  return crls;
}
