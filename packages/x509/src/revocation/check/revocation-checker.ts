import { OID } from '../../asn1/oids.ts';
import type { Certificate } from '../../certificates/certificate.ts';
import type { DistributionPoint, ReasonFlag } from '../../certificates/extensions/distribution-points.ts';
import { X509Error } from '../../errors.ts';
import { COMPARISON_UNITS, type WorkBudget } from '../../path/budget.ts';
import type { SignatureCache } from '../../path/signature-cache.ts';
import type { TrustAnchor } from '../../path/trust-anchor.ts';
import type { CertificateRevocationList } from '../crl/certificate-revocation-list.ts';
import type { RevokedCertificate } from '../crl/revoked-entries.ts';
import { ocspStatus } from './check-ocsp.ts';
import {
  ALL_REASONS,
  ANY_POINT,
  coveredReasons,
  distributionPoints,
  isIssuerOf,
  outOfScope,
} from './crl-scope.ts';
import { isSignedBy } from './crl-signature.ts';
import { findSigner, type SignerSearch } from './crl-signers.ts';
import { conformsInForm, isTrustedAlgorithm, isUsable, type UsabilityRules } from './crl-usability.ts';
import type { Issuer } from './issuer.ts';
import type { Loaded, RevocationData } from './load-inputs.ts';
import { revocationNeeds } from './needs.ts';
import type { ReportProblem, RevocationProblem, RevocationStatus } from './status.ts';

/** How deep the certificates of those who sign CRLs and responses are themselves asked about. */
const MAX_NESTING = 2;

export interface CheckerInputs {
  readonly data: RevocationData;
  readonly certificates: readonly Certificate[];
  readonly anchors: readonly TrustAnchor[];
  readonly signatures: SignatureCache;
  readonly budget: WorkBudget;
  readonly rules: UsabilityRules;
  readonly nonce: Uint8Array | undefined;
  readonly trustIssuersOwnSigner: boolean;
}

type Decided = Exclude<RevocationStatus, { status: 'unknown' }>;
type LoadedCrl = Loaded<CertificateRevocationList>;

/** One certificate to ask about. */
interface Question {
  readonly certificate: Certificate;
  readonly issuer: Issuer;
  /** Who stands above the issuer. */
  readonly above: readonly Issuer[];
  readonly nesting: number;
  /** A key whose lists do not count: nobody speaks for himself. */
  readonly notBy: Buffer | undefined;
}

/** Answers whether certificates are revoked by the CRLs (RFC 5280 §6.3) and OCSP responses (RFC 6960 §3.2) at hand. */
export class RevocationChecker {
  readonly #inputs: CheckerInputs;
  readonly #complete: readonly LoadedCrl[];
  readonly #deltas: readonly LoadedCrl[];

  constructor(inputs: CheckerInputs) {
    this.#inputs = inputs;
    const conforming = inputs.data.crls.filter(({ value }) => conformsInForm(value, inputs.rules.policy));
    // The newest first, so that its word counts.
    conforming.sort((a, b) => b.value.thisUpdate - a.value.thisUpdate);
    this.#complete = conforming.filter(({ value }) => value.deltaBase === undefined);
    this.#deltas = conforming.filter(({ value }) => value.deltaBase !== undefined);
  }

  /**
   * The status of a certificate by this issuer; `above` are those who stand above the issuer in a valid path. Revoked by any
   * source is revoked. Throws BudgetExhausted.
   */
  async check(certificate: Certificate, issuer: Issuer, above: readonly Issuer[]): Promise<RevocationStatus> {
    return await this.#check({ certificate, issuer, above, nesting: 0, notBy: undefined });
  }

  async #check(question: Question): Promise<RevocationStatus> {
    const { certificate, issuer, nesting } = question;
    const problems: RevocationProblem[] = [...this.#inputs.data.problems];
    const crl = await orMalformed('crl', problems, () => this.#byCrls(question, problems));
    if (crl?.status === 'revoked') return crl;
    const ocsp =
      nesting === 0 ? await orMalformed('ocsp', problems, () => this.#byOcsp(question, problems)) : undefined;
    const decided = ocsp ?? crl;
    if (decided !== undefined) return decided;
    const crlAtHand = this.#complete.some(({ value }) => value.issuer.equals(certificate.issuer));
    return { status: 'unknown', problems, needs: revocationNeeds(certificate, issuer), crlAtHand };
  }

  async #byOcsp(question: Question, problems: RevocationProblem[]): Promise<Decided | undefined> {
    const { certificate, issuer } = question;
    const { data, rules, nonce, signatures, certificates } = this.#inputs;
    const isRevoked = async (responder: Certificate): Promise<boolean> =>
      await this.#isSignerRevoked(question, responder, issuer);
    const ocspRules = { ...rules, nonce, signatures, certificates, isRevoked };
    let good: Decided | undefined;
    for (const { value, index } of data.ocspResponses) {
      const report = reporter(problems, 'ocsp', index);
      const status = await ocspStatus(certificate, issuer, value, ocspRules, report);
      if (status?.status === 'revoked') return status;
      good ??= status;
    }
    return good;
  }

  /** Whether a certificate that signs lists or responses is known to be revoked, going by lists that it did not sign itself. */
  async #isSignerRevoked(question: Question, certificate: Certificate, issuer: Issuer): Promise<boolean> {
    const nesting = question.nesting + 1;
    if (nesting > MAX_NESTING) return false;
    const notBy = certificate.subjectPublicKeyInfo;
    return (
      (await this.#check({ certificate, issuer, above: question.above, nesting, notBy })).status === 'revoked'
    );
  }

  async #byCrls(question: Question, problems: RevocationProblem[]): Promise<Decided | undefined> {
    const { certificate } = question;
    const covered = new Set<ReasonFlag>();
    let validUntil = Number.POSITIVE_INFINITY;
    for (const point of this.#points(certificate, problems)) {
      for (const { value: crl, index } of this.#complete) {
        const report = reporter(problems, 'crl', index);
        const reasons = this.#coverage(crl, point, certificate, report).filter(
          (reason) => !covered.has(reason),
        );
        if (reasons.length === 0 || !isUsable(crl, this.#inputs.rules, report)) continue;
        if (!isTrustedAlgorithm(crl.signatureAlgorithm, this.#inputs.rules, report)) continue;
        const signer = await findSigner(crl, this.#search(question), report);
        if (signer === undefined) continue;
        const delta = await this.#deltaFor(crl, signer);
        const changed = delta?.find(certificate.serialBytes, certificate.issuer);
        const entry = changed ?? crl.find(certificate.serialBytes, certificate.issuer);
        validUntil = Math.min(validUntil, (delta ?? crl).nextUpdate ?? Number.POSITIVE_INFINITY);
        // Only a delta can end a hold (§5.3.1); whatever stands in a complete CRL is revoked.
        const released = changed?.reason === 'removeFromCRL';
        if (entry !== undefined && !released) return revokedBy(entry, validUntil);
        for (const reason of reasons) covered.add(reason);
        if (covered.size === ALL_REASONS.length) return { status: 'good', source: 'crl', validUntil };
      }
    }
    if (covered.size > 0) {
      problems.push({
        code: 'reasons_incomplete',
        source: 'crl',
        message: 'the CRLs cover some reasons only',
      });
    }
    return undefined;
  }

  /** Where the extension is malformed, lists are looked for as if it were not there: what revokes the certificate revokes it. */
  #points(certificate: Certificate, problems: RevocationProblem[]): readonly DistributionPoint[] {
    try {
      return distributionPoints(certificate);
    } catch (cause) {
      if (!(cause instanceof X509Error)) throw cause;
      problems.push({ code: 'malformed', source: 'crl', message: cause.message });
      return [ANY_POINT];
    }
  }

  #coverage(
    crl: CertificateRevocationList,
    point: DistributionPoint,
    certificate: Certificate,
    report: ReportProblem,
  ): readonly ReasonFlag[] {
    if (!isIssuerOf(crl, point, certificate)) return [];
    this.#inputs.budget.spend(scopeUnits(crl, point));
    const why = outOfScope(crl, point, certificate);
    if (why === undefined) return coveredReasons(crl, point);
    report('out_of_scope', why);
    return [];
  }

  #search(question: Question): SignerSearch {
    const { rules, certificates, anchors, signatures, budget, trustIssuersOwnSigner } = this.#inputs;
    const { issuer, above, notBy } = question;
    return {
      at: rules.at,
      certificates,
      anchors,
      signatures,
      budget,
      issuer,
      above,
      notBy,
      trustIssuersOwnSigner,
      isRevoked: async (signer, by) => await this.#isSignerRevoked(question, signer, by),
    };
  }

  /** The newest delta CRL that goes with the complete one (RFC 5280 §6.3.3 (c), (h)). */
  async #deltaFor(
    crl: CertificateRevocationList,
    signer: Issuer,
  ): Promise<CertificateRevocationList | undefined> {
    const { rules, signatures } = this.#inputs;
    for (const { value: delta } of this.#deltas) {
      if (!isDeltaFor(delta, crl) || !isUsable(delta, rules, () => {})) continue;
      if (!isTrustedAlgorithm(delta.signatureAlgorithm, rules, () => {})) continue;
      if (await isSignedBy(delta, signer, signatures)) return delta;
    }
    return undefined;
  }
}

/** What a malformed certificate or message makes of an answer: none, and a problem. */
async function orMalformed(
  source: 'crl' | 'ocsp',
  problems: RevocationProblem[],
  find: () => Promise<Decided | undefined>,
): Promise<Decided | undefined> {
  try {
    return await find();
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
    problems.push({ code: 'malformed', source, message: cause.message });
    return undefined;
  }
}

/** Each name of the list's distribution point is compared with each of the certificate's. */
function scopeUnits(crl: CertificateRevocationList, point: DistributionPoint): number {
  const names = crl.issuingDistributionPoint?.name?.fullName?.length ?? 1;
  return COMPARISON_UNITS * (1 + names * (point.name?.fullName?.length ?? 1));
}

function isDeltaFor(delta: CertificateRevocationList, crl: CertificateRevocationList): boolean {
  if (!delta.issuer.equals(crl.issuer) || !sameExtension(delta, crl, OID.issuingDistributionPoint))
    return false;
  if (!sameExtension(delta, crl, OID.authorityKeyIdentifier)) return false;
  const { crlNumber } = crl;
  if (crlNumber === undefined || delta.crlNumber === undefined) return false;
  return delta.deltaBase! <= crlNumber && crlNumber < delta.crlNumber;
}

function sameExtension(a: CertificateRevocationList, b: CertificateRevocationList, oid: string): boolean {
  const left = a.extension(oid)?.value;
  const right = b.extension(oid)?.value;
  return left === undefined || right === undefined ? left === right : left.equals(right);
}

function revokedBy(entry: RevokedCertificate, validUntil: number): Decided {
  const { revokedAt, reason = 'unspecified', invalidityDate } = entry;
  return { status: 'revoked', source: 'crl', revokedAt, reason, invalidityDate, validUntil };
}

function reporter(into: RevocationProblem[], source: 'crl' | 'ocsp', index: number): ReportProblem {
  return (code, message) => {
    into.push({ code, source, index, message });
  };
}
