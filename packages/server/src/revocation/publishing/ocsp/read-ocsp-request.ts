import { type CertificateId, OcspRequest } from '@mortise/x509';

/** Most certificates that one request may ask for here; RFC 5019 §2.1.1 clients ask for one. */
export const maximumCertificates = 16;

const nonceOid = '1.3.6.1.5.5.7.48.1.2';

export type ReadOcspRequest =
  | { readonly ids: readonly CertificateId[]; readonly nonce: Buffer | undefined }
  | { readonly refused: 'malformedRequest' | 'unauthorized' };

/**
 * Reads a request. Malformed are also a nonce of no octets or of more than 128 (RFC 9654 §2.1), and a critical extension that is not
 * understood (RFC 6960 §4.4).
 */
export function readOcspRequest(der: Buffer): ReadOcspRequest {
  let request: OcspRequest;
  try {
    request = OcspRequest.parse(der);
  } catch {
    return { refused: 'malformedRequest' };
  }
  const { ids, nonce, extensions, singleExtensions } = request;
  for (const { oid, critical } of extensions) {
    if (oid === nonceOid ? nonce === undefined : critical) return { refused: 'malformedRequest' };
  }
  if (singleExtensions.some(({ critical }) => critical)) return { refused: 'malformedRequest' };
  if (ids.length > maximumCertificates) return { refused: 'unauthorized' };
  return { ids, nonce };
}

/** A serial number as records write it; undefined for one that no authority issues. */
export function recordedSerialNumber({ serialBytes }: CertificateId): string | undefined {
  if (serialBytes.length === 0 || serialBytes.length > 21 || serialBytes[0]! >= 0x80) return undefined;
  return serialBytes.toString('hex', serialBytes.length > 1 && serialBytes[0] === 0 ? 1 : 0);
}
