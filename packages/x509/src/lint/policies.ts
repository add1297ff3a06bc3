import { DerReader } from '../asn1/der-reader.ts';
import { OID } from '../asn1/oids.ts';
import { isStringTag } from '../asn1/strings.ts';
import { TAG } from '../asn1/tags.ts';
import type { PolicyQualifier } from '../certificates/extensions/policies.ts';
import { isNormalizable } from '../names/normalizable.ts';
import type { Lint } from './lint.ts';
import type { LintContext } from './lint-context.ts';

interface Notice {
  readonly hasReference: boolean;
  readonly tag: number | undefined;
  readonly text: string | undefined;
}

function qualifiers(context: LintContext): readonly PolicyQualifier[] {
  return (
    context.read(() => context.certificate.certificatePolicies)?.flatMap((policy) => policy.qualifiers) ?? []
  );
}

function notices(context: LintContext): Notice[] {
  return qualifiers(context)
    .filter(({ oid, qualifier }) => oid === OID.userNotice && qualifier[0] === TAG.sequence)
    .map(({ qualifier }) => {
      const reader = new DerReader(qualifier, '').sequence();
      const hasReference = reader.peek() === TAG.sequence;
      if (hasReference) reader.any();
      const tag = reader.done ? undefined : reader.peek();
      return { hasReference, tag, text: tag !== undefined && isStringTag(tag) ? reader.string() : undefined };
    });
}

function noticeLint(
  code: string,
  severity: 'error' | 'warning',
  message: string,
  wrong: (notice: Notice) => boolean,
): Lint {
  return {
    code,
    severity,
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.4',
    check: (context) => (notices(context).some(wrong) ? message : undefined),
  };
}

/** certificatePolicies and policyMappings. */
export const POLICY_LINTS: readonly Lint[] = [
  noticeLint(
    'explicit_text_type',
    'error',
    'explicitText is an IA5String',
    ({ tag }) => tag === TAG.ia5String,
  ),
  noticeLint(
    'explicit_text_not_utf8',
    'warning',
    'explicitText is no UTF8String',
    ({ tag }) => tag !== undefined && tag !== TAG.utf8String && tag !== TAG.ia5String,
  ),
  noticeLint(
    'explicit_text_too_long',
    'error',
    'explicitText has more than 200 characters',
    ({ text }) => text !== undefined && [...text].length > 200,
  ),
  noticeLint(
    'explicit_text_control_characters',
    'warning',
    'explicitText has control characters',
    ({ text }) => text !== undefined && /[\u0000-\u001f\u007f-\u009f]/.test(text),
  ),
  noticeLint(
    'explicit_text_not_nfc',
    'warning',
    'explicitText is not in normal form C',
    ({ text }) => text !== undefined && isNormalizable(text) && text !== text.normalize('NFC'),
  ),
  noticeLint(
    'notice_reference_present',
    'warning',
    'a user notice has a noticeRef',
    ({ hasReference }) => hasReference,
  ),
  {
    code: 'any_policy_qualifier',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.4',
    check: (context) => {
      const policies = context.read(() => context.certificate.certificatePolicies) ?? [];
      const any = policies.find(({ oid }) => oid === OID.anyPolicy);
      return any?.qualifiers.some(({ oid }) => oid !== OID.cps && oid !== OID.userNotice) === true
        ? 'anyPolicy has a qualifier other than a CPS pointer and a user notice'
        : undefined;
    },
  },
  {
    code: 'policy_mapping_any_policy',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.5',
    check: (context) =>
      context
        .read(() => context.certificate.policyMappings)
        ?.some((each) => [each.issuerDomainPolicy, each.subjectDomainPolicy].includes(OID.anyPolicy)) === true
        ? 'anyPolicy is mapped'
        : undefined,
  },
  {
    code: 'policy_mapping_not_asserted',
    severity: 'warning',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.5',
    check: (context) => {
      const asserted =
        context.read(() => context.certificate.certificatePolicies)?.map(({ oid }) => oid) ?? [];
      const mappings = context.read(() => context.certificate.policyMappings) ?? [];
      return mappings.some((each) => !asserted.includes(each.issuerDomainPolicy))
        ? 'a policy is mapped that the certificate does not assert'
        : undefined;
    },
  },
  {
    code: 'certificate_policies_missing',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.9, 7.1.2.10.5',
    check: (context) => {
      const needed = context.kind === 'intermediate' || (context.server && !context.delegatedOcspResponder);
      return needed && !context.has(OID.certificatePolicies) ? 'there is no certificatePolicies' : undefined;
    },
  },
  {
    code: 'policy_qualifier_not_allowed',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.9',
    check: (context) =>
      qualifiers(context).some(({ oid }) => oid !== OID.cps)
        ? 'a policy has a qualifier other than a CPS pointer'
        : undefined,
  },
  {
    code: 'cps_uri_not_http',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.9',
    check: (context) =>
      qualifiers(context).some(({ oid, cps }) => oid === OID.cps && (cps === undefined || !isHttp(cps)))
        ? 'a CPS pointer is no HTTP URL'
        : undefined,
  },
];

function isHttp(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}
