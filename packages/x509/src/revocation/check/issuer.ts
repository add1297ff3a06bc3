import type { KeyObject } from 'node:crypto';
import { Certificate } from '../../certificates/certificate.ts';
import type { Name } from '../../names/name.ts';
import type { TrustAnchor } from '../../path/trust-anchor.ts';

/** Who issues certificates, CRLs and OCSP responses: a certificate, or an anchor without one. */
export interface Issuer {
  readonly subject: Name;
  /** DER. */
  readonly subjectPublicKeyInfo: Buffer;
  /** Throws X509Error if it cannot be imported. */
  readonly publicKey: KeyObject;
  readonly certificate: Certificate | undefined;
}

/** A certificate or an anchor as an issuer. */
export function issuerOf(from: Certificate | TrustAnchor): Issuer {
  if (!(from instanceof Certificate)) return from;
  const { subject, subjectPublicKeyInfo } = from;
  return {
    subject,
    subjectPublicKeyInfo,
    certificate: from,
    get publicKey() {
      return from.publicKey;
    },
  };
}
