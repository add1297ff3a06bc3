import type { Certificate } from '../certificates/certificate.ts';
import { ALT_NAME_LINTS } from './alt-names.ts';
import { CONSTRAINT_LINTS } from './constraints.ts';
import { CRITICALITY_LINTS } from './criticality.ts';
import { DNS_NAME_LINTS } from './dns-names.ts';
import { EXTENDED_KEY_USAGE_LINTS } from './extended-key-usage.ts';
import { KEY_IDENTIFIER_LINTS } from './key-identifiers.ts';
import { KEY_USAGE_LINTS } from './key-usage.ts';
import type { Lint, LintFinding, LintPolicy, LintSeverity } from './lint.ts';
import { LintContext } from './lint-context.ts';
import { LOCATION_LINTS } from './locations.ts';
import { NAME_LINTS } from './names.ts';
import { POLICY_LINTS } from './policies.ts';
import { PUBLIC_KEY_LINTS } from './public-key.ts';
import { STRUCTURE_LINTS } from './structure.ts';
import { TRANSPARENCY_AND_OCSP_LINTS } from './transparency-and-ocsp.ts';
import { VALIDITY_LINTS } from './validity.ts';
import { WEB_PKI_ALT_NAME_LINTS } from './web-pki-alt-names.ts';
import { WEB_PKI_SUBJECT_LINTS } from './web-pki-subject.ts';

const [MALFORMED, ...STRUCTURE] = STRUCTURE_LINTS as [Lint, ...Lint[]];

/** Every lint. What is malformed comes last, since the others are what reads the certificate. */
export const LINTS: readonly Lint[] = [
  ...STRUCTURE,
  ...VALIDITY_LINTS,
  ...NAME_LINTS,
  ...WEB_PKI_SUBJECT_LINTS,
  ...ALT_NAME_LINTS,
  ...DNS_NAME_LINTS,
  ...WEB_PKI_ALT_NAME_LINTS,
  ...PUBLIC_KEY_LINTS,
  ...KEY_USAGE_LINTS,
  ...EXTENDED_KEY_USAGE_LINTS,
  ...CONSTRAINT_LINTS,
  ...POLICY_LINTS,
  ...KEY_IDENTIFIER_LINTS,
  ...LOCATION_LINTS,
  ...CRITICALITY_LINTS,
  ...TRANSPARENCY_AND_OCSP_LINTS,
  MALFORMED,
];

/** Most findings of one lint that are listed. */
const MAX_FINDINGS_EACH = 20;

const SEVERITIES: readonly LintSeverity[] = ['notice', 'warning', 'error'];

/** The lints of a policy from a severity on, chosen once: an authority asks for every certificate that it issues. */
const chosen = new Map<string, readonly Lint[]>();

function chooseLints(policy: LintPolicy, least: LintSeverity): readonly Lint[] {
  const name = `${policy} ${least}`;
  let lints = chosen.get(name);
  if (lints === undefined) {
    const severities = SEVERITIES.slice(SEVERITIES.indexOf(least));
    lints = LINTS.filter(
      (lint) => (lint.policy === 'rfc5280' || policy === 'webpki') && severities.includes(lint.severity),
    );
    chosen.set(name, lints);
  }
  return lints;
}

/**
 * What is wrong with a certificate though it may validate. `rfc5280` (the default) looks only for what holds everywhere, `webpki` also for
 * what the CA/Browser Forum and the root programs demand of public TLS. `least`: findings less severe are not looked for; default `notice`.
 * Whatever the certificate holds, it does not throw; TypeError for a policy or a severity that is none.
 */
export function lintCertificate(
  certificate: Certificate,
  policy: LintPolicy = 'rfc5280',
  least: LintSeverity = 'notice',
): LintFinding[] {
  if (policy !== 'rfc5280' && policy !== 'webpki') throw new TypeError(`not a policy: ${policy}`);
  if (!SEVERITIES.includes(least)) throw new TypeError(`not a severity: ${least}`);
  const context = new LintContext(certificate);
  const findings: LintFinding[] = [];
  for (const lint of chooseLints(policy, least)) {
    const found = context.check(lint);
    if (found === undefined || found.length === 0) continue;
    const { code, severity, policy: of, rule } = lint;
    const messages = typeof found === 'string' ? [found] : found.slice(0, MAX_FINDINGS_EACH);
    for (const message of messages) findings.push({ code, severity, policy: of, rule, message });
  }
  return findings;
}
