import type { Certificate } from '../../certificates/certificate.ts';
import type { Report } from '../failure.ts';

/** Where a certificate stands in a path. An `anchor` is trusted already; a leaf that is itself an anchor is checked as a `leaf`. */
export type CertificateRole = 'leaf' | 'intermediate' | 'anchor';

/**
 * Rules demanded beyond RFC 5280 §6, which always holds.
 *
 * - `rfc5280`: what §4 demands of conforming issuers, too.
 * - `webpki`: as `rfc5280`, with the CA/Browser Forum's Baseline Requirements where they differ or go further.
 *
 * With either, the purpose `emailProtection` brings the CA/Browser Forum's S/MIME Baseline Requirements.
 */
export type ValidationPolicy = 'rfc5280' | 'webpki';

/** What the checks of single certificates need to know of the validation. */
export interface CheckContext {
  /** Epoch milliseconds, a whole second: validity periods know no fractions. */
  readonly at: number;
  /** OID of the extended key usage that is asked for. */
  readonly purpose: string | undefined;
  readonly policy: ValidationPolicy | undefined;
}

/** Checks one certificate by itself and reports what is wrong with it. Throws X509Error for an extension that cannot be decoded. */
export type CertificateCheck = (
  certificate: Certificate,
  role: CertificateRole,
  context: CheckContext,
  report: Report,
) => void;
