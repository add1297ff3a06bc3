import type { Certificate } from '@mortise/x509';
import type { TlsClientAuth } from '../client.ts';

/** One way in which a certificate names its client (RFC 8705 §2.1.2). */
export interface MatcherKind {
  readonly kind: TlsClientAuth['kind'];
  /** The metadata member of RFC 8705 §2.1.2. */
  readonly member: string;
  /** What its value is, with an example where the form is not obvious: completes "is not …". */
  readonly form: string;
  /**
   * Brings a registered value into a form that is equal exactly where the values match; `undefined` for a value
   * that no certificate could hold.
   */
  canonical(value: string): string | undefined;
  /** The values of this kind in the certificate, in canonical form. Throws X509Error where they are malformed. */
  presented(certificate: Certificate): string[];
}
