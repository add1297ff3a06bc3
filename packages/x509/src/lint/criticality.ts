import { OID } from '../asn1/oids.ts';
import type { Lint, LintSeverity } from './lint.ts';
import type { LintContext } from './lint-context.ts';

type Condition = (context: LintContext) => boolean;

function mustBeCritical(
  code: string,
  oid: string,
  rule: string,
  severity: LintSeverity,
  when: Condition = () => true,
): Lint {
  return {
    code,
    severity,
    policy: 'rfc5280',
    rule,
    check: (context) =>
      context.has(oid) && !context.critical(oid) && when(context)
        ? 'the extension is not critical'
        : undefined,
  };
}

function mustNotBeCritical(code: string, oid: string, rule: string, severity: LintSeverity = 'error'): Lint {
  return {
    code,
    severity,
    policy: 'rfc5280',
    rule,
    check: (context) => (context.critical(oid) ? 'the extension is critical' : undefined),
  };
}

const subjectIsEmpty: Condition = (context) => context.certificate.subject.empty;

/** Which extensions are critical and which are not, where that is all there is to say. */
export const CRITICALITY_LINTS: readonly Lint[] = [
  mustBeCritical('key_usage_not_critical', OID.keyUsage, 'RFC 5280 §4.2.1.3', 'warning'),
  mustBeCritical('name_constraints_not_critical', OID.nameConstraints, 'RFC 5280 §4.2.1.10', 'error'),
  mustBeCritical('policy_constraints_not_critical', OID.policyConstraints, 'RFC 5280 §4.2.1.11', 'error'),
  mustBeCritical('policy_mappings_not_critical', OID.policyMappings, 'RFC 5280 §4.2.1.5', 'warning'),
  mustBeCritical('inhibit_any_policy_not_critical', OID.inhibitAnyPolicy, 'RFC 5280 §4.2.1.14', 'error'),
  mustBeCritical(
    'subject_alt_name_not_critical',
    OID.subjectAltName,
    'RFC 5280 §4.2.1.6',
    'error',
    subjectIsEmpty,
  ),
  mustNotBeCritical('authority_info_access_critical', OID.authorityInfoAccess, 'RFC 5280 §4.2.2.1'),
  mustNotBeCritical('subject_info_access_critical', OID.subjectInfoAccess, 'RFC 5280 §4.2.2.2'),
  mustNotBeCritical('authority_key_identifier_critical', OID.authorityKeyIdentifier, 'RFC 5280 §4.2.1.1'),
  mustNotBeCritical('subject_key_identifier_critical', OID.subjectKeyIdentifier, 'RFC 5280 §4.2.1.2'),
  mustNotBeCritical(
    'subject_directory_attributes_critical',
    OID.subjectDirectoryAttributes,
    'RFC 5280 §4.2.1.8',
  ),
  mustNotBeCritical('freshest_crl_critical', OID.freshestCRL, 'RFC 5280 §4.2.1.15'),
  mustNotBeCritical('issuer_alt_name_critical', OID.issuerAltName, 'RFC 5280 §4.2.1.7', 'warning'),
  mustNotBeCritical(
    'crl_distribution_points_critical',
    OID.cRLDistributionPoints,
    'RFC 5280 §4.2.1.13',
    'warning',
  ),
  {
    code: 'subject_alt_name_critical',
    severity: 'warning',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.6',
    check: (context) =>
      context.critical(OID.subjectAltName) && !subjectIsEmpty(context)
        ? 'the extension is critical though the subject is not empty'
        : undefined,
  },
  {
    code: 'any_extended_key_usage_critical',
    severity: 'warning',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.12',
    check: (context) =>
      context.critical(OID.extKeyUsage) &&
      context.extendedKeyUsage?.includes(OID.anyExtendedKeyUsage) === true
        ? 'the extension is critical though it allows any purpose'
        : undefined,
  },
];
