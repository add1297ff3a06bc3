import type { Certificate } from '../certificates/certificate.ts';
import { X509Error } from '../errors.ts';
import {
  checkAlgorithmAgreement,
  checkBareKey,
  checkPublicKey,
  checkSignatureAlgorithm,
} from './checks/algorithms.ts';
import { checkCertificateAuthority } from './checks/certificate-authority.ts';
import type { CertificateCheck, CertificateRole, CheckContext, ValidationPolicy } from './checks/check.ts';
import { checkCriticalExtensions } from './checks/critical-extensions.ts';
import { checkExtendedKeyUsage, checkLeafKeyUsage } from './checks/extended-key-usage.ts';
import { checkIssuerProfile } from './checks/issuer-profile.ts';
import { checkMailProfile } from './checks/mail-profile.ts';
import { checkValidity } from './checks/validity.ts';
import { checkWebPkiProfile } from './checks/web-pki-profile.ts';
import type { PathFailure, Report } from './failure.ts';
import type { TrustAnchor } from './trust-anchor.ts';

/** RFC 5280 §6, as far as it looks at one certificate. */
const ALWAYS: readonly CertificateCheck[] = [
  checkValidity,
  checkAlgorithmAgreement,
  checkSignatureAlgorithm,
  checkPublicKey,
  checkCertificateAuthority,
  checkLeafKeyUsage,
  checkExtendedKeyUsage,
  checkCriticalExtensions,
];

const BY_POLICY: Readonly<Record<ValidationPolicy, readonly CertificateCheck[]>> = {
  rfc5280: [...ALWAYS, checkIssuerProfile, checkMailProfile],
  webpki: [...ALWAYS, checkIssuerProfile, checkMailProfile, checkWebPkiProfile],
};

const NONE: readonly PathFailure[] = [];

/** Most failures of one kind of check that are told of one certificate: a megabyte of names or extensions has more to say than anybody reads. */
const MAX_FAILURES = 32;

/** Makes failures about one certificate at one place of a path, up to {@link MAX_FAILURES}. */
export function reporter(certificate: Certificate, depth: number, into: PathFailure[]): Report {
  return boundedReport({ certificate, depth }, into);
}

function boundedReport(about: Pick<PathFailure, 'certificate' | 'depth'>, into: PathFailure[]): Report {
  let told = 0;
  return (code, rule, message, values) => {
    if (++told > MAX_FAILURES) return;
    const shown = typeof values === 'function' ? values() : values;
    into.push({ code, ...about, rule, message, ...(shown === undefined ? {} : { values: shown }) });
  };
}

/** Runs what may meet a malformed extension, which is a failure like any other. */
export function reportingMalformed(report: Report, body: () => void): void {
  try {
    body();
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
    report('certificate_malformed', 'RFC 5280 §4', cause.message, { where: cause.where, reason: cause.code });
  }
}

/** Runs the checks that look at one certificate by itself, each certificate once for each role. */
export class CertificateChecks {
  readonly #context: CheckContext;
  readonly #checks: readonly CertificateCheck[];
  readonly #answers = new Map<Certificate, Map<CertificateRole, readonly PathFailure[]>>();

  constructor(context: CheckContext) {
    this.#context = context;
    this.#checks = context.policy === undefined ? ALWAYS : BY_POLICY[context.policy];
  }

  get policy(): ValidationPolicy | undefined {
    return this.#context.policy;
  }

  /** Every failure of an anchor that is a name and a key. */
  bareAnchorFailures({ subjectPublicKeyInfo }: TrustAnchor): readonly PathFailure[] {
    const failures: PathFailure[] = [];
    checkBareKey(subjectPublicKeyInfo, this.policy, boundedReport({}, failures));
    return failures;
  }

  /** Every failure of the certificate in this role; `depth` is where it was first met. */
  failures(certificate: Certificate, role: CertificateRole, depth: number): readonly PathFailure[] {
    let byRole = this.#answers.get(certificate);
    const known = byRole?.get(role);
    if (known !== undefined) return known;
    const failures: PathFailure[] = [];
    const report = reporter(certificate, depth, failures);
    for (const check of this.#checks) {
      reportingMalformed(report, () => check(certificate, role, this.#context, report));
    }
    const answer = failures.length === 0 ? NONE : failures;
    if (byRole === undefined) {
      byRole = new Map();
      this.#answers.set(certificate, byRole);
    }
    byRole.set(role, answer);
    return answer;
  }
}
