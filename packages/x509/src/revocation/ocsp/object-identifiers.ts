/** Object identifiers of RFC 6960. */
export const OCSP_OID = {
  basicResponse: '1.3.6.1.5.5.7.48.1.1',
  nonce: '1.3.6.1.5.5.7.48.1.2',
  /** RFC 6962 §3.3: certificate transparency, which may come marked critical. */
  signedCertificateTimestamps: '1.3.6.1.4.1.11129.2.4.5',
} as const;
