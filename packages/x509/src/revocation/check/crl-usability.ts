import { OID } from '../../asn1/oids.ts';
import { X509Error } from '../../errors.ts';
import type { AlgorithmIdentifier } from '../../keys/algorithm-identifier.ts';
import { signatureScheme } from '../../keys/signature-schemes.ts';
import type { ValidationPolicy } from '../../path/checks/check.ts';
import type { CertificateRevocationList } from '../crl/certificate-revocation-list.ts';
import type { ReportProblem } from './status.ts';

/** Oldest answer without a nextUpdate that is believed unless told otherwise: seven days. */
export const DEFAULT_MAX_AGE_SECONDS = 7 * 24 * 3600;

export interface UsabilityRules {
  /** Epoch milliseconds, a whole second. */
  readonly at: number;
  readonly policy: ValidationPolicy | undefined;
  /** Undefined: {@link DEFAULT_MAX_AGE_SECONDS} where there is no nextUpdate, no limit elsewhere. */
  readonly maxAgeSeconds: number | undefined;
  readonly acceptWeakSignatures: boolean;
}

/** Whether `rules.at` lies within the time in which an answer is believed; reports why not. */
export function isCurrent(
  thisUpdate: number,
  nextUpdate: number | undefined,
  rules: UsabilityRules,
  report: ReportProblem,
): boolean {
  const { at } = rules;
  if (thisUpdate > at) {
    report('not_yet_valid', 'thisUpdate lies in the future');
    return false;
  }
  if (nextUpdate !== undefined && nextUpdate < at) {
    report('stale', 'nextUpdate has passed');
    return false;
  }
  const maxAgeSeconds =
    rules.maxAgeSeconds ?? (nextUpdate === undefined ? DEFAULT_MAX_AGE_SECONDS : Number.POSITIVE_INFINITY);
  if (at - thisUpdate > maxAgeSeconds * 1000) {
    report('stale', 'thisUpdate is too long ago');
    return false;
  }
  return true;
}

/** Whether the algorithm of a signature is believed; reports why not. */
export function isTrustedAlgorithm(
  algorithm: AlgorithmIdentifier,
  rules: UsabilityRules,
  report: ReportProblem,
): boolean {
  try {
    const scheme = signatureScheme(algorithm);
    if (!scheme.weak || rules.acceptWeakSignatures || scheme.family === 'dsa') return true;
    report('algorithm_weak', `the signature uses a broken hash (${scheme.name})`);
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
    report('signature_invalid', cause.message);
  }
  return false;
}

/**
 * Whether a CRL that can be read counts as one at all under the policy: version 2, with a nextUpdate, its times in the forms of
 * RFC 5280 §5.1.2.4. Without a policy every readable one does.
 */
export function conformsInForm(
  crl: CertificateRevocationList,
  policy: ValidationPolicy | undefined,
): boolean {
  return policy === undefined || (crl.version === 2 && crl.nextUpdate !== undefined && crl.timesConform);
}

/** Extensions of CRLs that are processed and so may be critical. */
const PROCESSED: readonly string[] = [
  OID.authorityKeyIdentifier,
  OID.issuerAltName,
  OID.cRLNumber,
  OID.deltaCRLIndicator,
  OID.issuingDistributionPoint,
  OID.freshestCRL,
  OID.authorityInfoAccess,
];

/** Whether the content of a CRL may be used (RFC 5280 §5.2, §5.3), its signature aside; reports why not. */
export function isUsable(
  crl: CertificateRevocationList,
  rules: UsabilityRules,
  report: ReportProblem,
): boolean {
  const unknown = crl.extensions.find(({ oid, critical }) => critical && !PROCESSED.includes(oid));
  if (unknown !== undefined || crl.revoked.table.unknownCritical) {
    report('unknown_critical_extension', 'the CRL or an entry has a critical extension that is not known');
    return false;
  }
  if (!crl.signatureAlgorithmsMatch) {
    report('nonconforming', 'the two signature algorithms of the CRL differ');
    return false;
  }
  const why = rules.policy === undefined ? undefined : nonconformity(crl, rules.policy);
  if (why !== undefined) {
    report('nonconforming', why);
    return false;
  }
  return isCurrent(crl.thisUpdate, crl.nextUpdate, rules, report);
}

function nonconformity(crl: CertificateRevocationList, policy: ValidationPolicy): string | undefined {
  const number = crl.extension(OID.cRLNumber);
  if (number === undefined) return 'the CRL has no number';
  if (number.critical) return 'the number of the CRL is critical';
  const idp = crl.issuingDistributionPoint;
  if (idp !== undefined && !crl.extension(OID.issuingDistributionPoint)!.critical) {
    return 'the issuing distribution point is not critical';
  }
  if (idp?.name?.fullName?.some(({ type }) => type !== 'uri' && type !== 'directory'))
    return 'a name of the distribution point leads nowhere';
  if (policy !== 'webpki') return undefined;
  if (crl.revoked.duplicates) return 'a certificate is listed twice';
  if (idp?.indirectCRL) return 'the CRL is indirect';
  if (idp?.name?.relativeName !== undefined) return 'the name of the distribution point is relative';
  if (idp?.name?.fullName?.some(({ type }) => type !== 'uri'))
    return 'a name of the distribution point is no URI';
  return undefined;
}
