import { asBuffer, DerReader } from '../asn1/der-reader.ts';
import { TAG } from '../asn1/tags.ts';
import { MAX_CERTIFICATE_OCTETS } from '../certificates/certificate-layout.ts';
import { X509Error } from '../errors.ts';

/** Longest value of a Client-Cert or Client-Cert-Chain header field that is read, in characters. */
export const MAX_HEADER_LENGTH = 256 * 1024;

/** Most certificates in a Client-Cert-Chain. */
export const MAX_CHAIN_CERTIFICATES = 32;

/** A certificate's DER as the value of Client-Cert: a Byte Sequence of Structured Fields (RFC 9440 §2.2, RFC 8941 §3.3.5). */
export function encodeClientCert(certificate: Uint8Array): string {
  return `:${asBuffer(certificate).toString('base64')}:`;
}

/** The rest of the chain, from the leaf's issuer on, as the value of Client-Cert-Chain (RFC 9440 §2.3). */
export function encodeClientCertChain(chain: readonly Uint8Array[]): string {
  return chain.map(encodeClientCert).join(', ');
}

/**
 * DER of the certificate in the value of a Client-Cert field (RFC 9440 §2.2). The value must be exactly one Byte Sequence that holds one SEQUENCE; two
 * fields joined by a comma are refused, and so are parameters. Throws `header_invalid`, and `der_too_large` above {@link MAX_HEADER_LENGTH}.
 */
export function decodeClientCert(value: string): Buffer {
  checkLength(value, 'Client-Cert');
  return decodeItem(trimmed(value, ' '), 'Client-Cert');
}

/**
 * DER of each certificate of a Client-Cert-Chain field (RFC 9440 §2.3), in its order: the leaf's issuer first. Several fields are one list.
 * Throws `header_invalid`; `der_too_large` above {@link MAX_HEADER_LENGTH} in all or {@link MAX_CHAIN_CERTIFICATES}.
 */
export function decodeClientCertChain(value: string | readonly string[]): Buffer[] {
  const list = typeof value === 'string' ? value : value.join(',');
  checkLength(list, 'Client-Cert-Chain');
  if (/^ *$/.test(list)) return [];
  const items = list.split(',');
  if (items.length > MAX_CHAIN_CERTIFICATES) {
    throw new X509Error('der_too_large', 'there are too many certificates', 'Client-Cert-Chain');
  }
  return items.map((item) => decodeItem(trimmed(item, ' \t'), 'Client-Cert-Chain'));
}

/** Without the white space at both ends, in one pass: a regular expression would take the square of a long run of it. */
function trimmed(text: string, whiteSpace: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && whiteSpace.includes(text[start]!)) start++;
  while (end > start && whiteSpace.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}

function checkLength(value: string, where: string): void {
  if (value.length > MAX_HEADER_LENGTH) throw new X509Error('der_too_large', 'the value is too long', where);
}

function decodeItem(item: string, where: string): Buffer {
  const match = /^:([A-Za-z0-9+/]+)(={0,2}):$/.exec(item);
  if (match === null) throw new X509Error('header_invalid', 'the value is no Byte Sequence', where);
  const [, base64 = '', padding = ''] = match;
  const der = Buffer.from(base64, 'base64');
  const canonical = der.toString('base64');
  // RFC 8941 §4.2.7: padding may be missing; but what is there has to be right.
  const paddingFits = padding === '' || base64.length + padding.length === canonical.length;
  if (canonical.replace(/=+$/, '') !== base64 || !paddingFits) {
    throw new X509Error('header_invalid', 'the Byte Sequence is not base64', where);
  }
  if (der.length > MAX_CERTIFICATE_OCTETS)
    throw new X509Error('der_too_large', 'the certificate is too large', where);
  const reader = new DerReader(der, where);
  reader.expect(TAG.sequence);
  reader.end();
  return der;
}
