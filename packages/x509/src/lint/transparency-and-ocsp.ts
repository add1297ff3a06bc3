import { OID } from '../asn1/oids.ts';
import type { Lint } from './lint.ts';

/** Certificate transparency, and certificates of delegated OCSP responders. */
export const TRANSPARENCY_AND_OCSP_LINTS: readonly Lint[] = [
  {
    code: 'precertificate_with_timestamps',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 6962 §3.1',
    check: (context) =>
      context.has(OID.precertificatePoison) && context.has(OID.signedCertificateTimestamps)
        ? 'a precertificate has signed certificate timestamps'
        : undefined,
  },
  {
    code: 'precertificate_poison_not_critical',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 6962 §3.1',
    check: (context) =>
      context.has(OID.precertificatePoison) && !context.critical(OID.precertificatePoison)
        ? 'the poison of a precertificate is not critical'
        : undefined,
  },
  {
    code: 'ocsp_no_check_missing',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 4.9.9',
    check: (context) =>
      context.delegatedOcspResponder && !context.has(OID.ocspNoCheck)
        ? "a delegated responder's certificate has no id-pkix-ocsp-nocheck"
        : undefined,
  },
  {
    code: 'ocsp_certificate_policies_present',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.8',
    check: (context) =>
      context.delegatedOcspResponder && context.has(OID.certificatePolicies)
        ? "a delegated responder's certificate has certificatePolicies"
        : undefined,
  },
];
