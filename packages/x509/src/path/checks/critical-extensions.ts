import { OID } from '../../asn1/oids.ts';
import type { Certificate } from '../../certificates/certificate.ts';
import type { Report } from '../failure.ts';
import type { CertificateCheck } from './check.ts';

/** The extensions that path validation processes, so that they may be critical (RFC 5280 §4.2, §6.1.4 (o), §6.1.5 (f)). */
const PROCESSED: ReadonlySet<string> = new Set([
  OID.subjectKeyIdentifier,
  OID.keyUsage,
  OID.subjectAltName,
  OID.issuerAltName,
  OID.basicConstraints,
  OID.nameConstraints,
  OID.cRLDistributionPoints,
  OID.certificatePolicies,
  OID.policyMappings,
  OID.authorityKeyIdentifier,
  OID.policyConstraints,
  OID.extKeyUsage,
  OID.freshestCRL,
  OID.inhibitAnyPolicy,
  OID.authorityInfoAccess,
  OID.subjectInfoAccess,
]);

/** Every critical extension is one that is understood. */
export const checkCriticalExtensions: CertificateCheck = (certificate, role, _context, report) => {
  for (const extension of certificate.extensions) {
    if (!extension.critical || PROCESSED.has(extension.oid)) continue;
    const rule = role === 'leaf' ? 'RFC 5280 §6.1.5 (f)' : 'RFC 5280 §6.1.4 (o)';
    report('unknown_critical_extension', rule, 'a critical extension is not known', {
      extension: extension.oid,
    });
  }
  checkPolicyQualifiers(certificate, report);
};

/** Qualifiers that can be interpreted, which is to say shown to a person. */
const QUALIFIERS: readonly string[] = [OID.cps, OID.userNotice];

/** Where the certificatePolicies are critical, their qualifiers are part of what must be understood (RFC 5280 §4.2.1.4). */
function checkPolicyQualifiers(certificate: Certificate, report: Report): void {
  if (!certificate.extension(OID.certificatePolicies)?.critical) return;
  for (const { qualifiers } of certificate.certificatePolicies ?? []) {
    for (const { oid } of qualifiers) {
      if (QUALIFIERS.includes(oid)) continue;
      report(
        'unknown_critical_extension',
        'RFC 5280 §4.2.1.4',
        'a qualifier of a critical policy is not known',
        {
          extension: OID.certificatePolicies,
          qualifier: oid,
        },
      );
    }
  }
}
