/** Where a CRL is published, below the outer URL of the listener `pki`; it stands in certificates (RFC 5280 §4.2.1.13). */
export function crlUrl(baseUrl: string, authorityId: string, partition: number): string {
  return `${baseUrl}/crl/${authorityId}/${partition}.crl`;
}

/** Where the changes since an earlier CRL are published (§5.2.6). */
export function deltaCrlUrl(baseUrl: string, authorityId: string, partition: number): string {
  return `${baseUrl}/crl/${authorityId}/${partition}/delta.crl`;
}

/** The OCSP responder (RFC 6960), for all authorities; it stands in certificates. */
export function ocspUrl(baseUrl: string): string {
  return `${baseUrl}/ocsp`;
}
