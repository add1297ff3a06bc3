import { hash } from 'node:crypto';
import type { Certificate } from '../certificates/certificate.ts';
import { PATH_UNITS, STEP_UNITS, type WorkBudget } from './budget.ts';
import { CandidateIssuers } from './candidate-issuers.ts';
import type { CertificateChecks } from './certificate-checks.ts';
import { type PathFailure, shortened } from './failure.ts';
import type { CandidatePath } from './options.ts';
import { checkPolicies, checkWholePath } from './path-checks.ts';
import type { InitialPolicies } from './policy-graph.ts';
import type { SignatureCache } from './signature-cache.ts';
import type { TrustAnchor } from './trust-anchor.ts';

/** A path that holds, but for the leaf's own failures and revocation. */
export interface BuiltPath {
  /** From the leaf up to the certificate that the anchor issued; the leaf alone if it is an anchor. */
  readonly path: readonly Certificate[];
  readonly anchor: TrustAnchor;
  readonly policies: readonly string[];
}

export interface BuilderInputs {
  readonly leaf: Certificate;
  readonly certificates: readonly Certificate[];
  readonly anchors: readonly TrustAnchor[];
  readonly checks: CertificateChecks;
  readonly signatures: SignatureCache;
  readonly budget: WorkBudget;
  readonly policies: InitialPolicies;
  readonly maxDepth: number;
}

/** Most candidates whose failures are kept. */
const MAX_CANDIDATES = 512;

/** Longest path that is built, self-issued certificates counted, whatever the caller allows. */
const MAX_PATH_LENGTH = 512;

/**
 * Finds paths by going from the leaf up through every certificate that may have issued the one before, the most promising first (RFC 4158).
 *
 * A certificate is checked by itself before a signature check is spent on it. One through which no anchor can be reached, whatever lies below, is
 * not gone into again; what depends on the path below (loops, lengths, constraints) is tried anew, as long as the budget lasts.
 */
export class PathBuilder {
  readonly #inputs: BuilderInputs;
  readonly #issuers: CandidateIssuers;
  readonly #hopeless = new Set<Certificate>();
  /** Subjects and keys of the path that is being built; neither may come twice together (RFC 4158 §5.2). */
  readonly #onPath = new Set<string>();
  readonly #loopKeys = new Map<Certificate, string>();
  readonly candidates: CandidatePath[] = [];

  constructor(inputs: BuilderInputs) {
    this.#inputs = inputs;
    this.#issuers = new CandidateIssuers(inputs.anchors, inputs.certificates, inputs.budget);
  }

  /** Yields the paths that hold, the best first. Throws BudgetExhausted. */
  *paths(): Generator<BuiltPath, void, void> {
    const { leaf, anchors } = this.#inputs;
    for (const anchor of anchors) {
      if (anchor.certificate?.equals(leaf)) yield* this.#asAnchor(anchor);
    }
    yield* this.#from([leaf], 0);
  }

  /** The leaf alone, being trusted; policies that the caller demands hold for it all the same. */
  *#asAnchor(anchor: TrustAnchor): Generator<BuiltPath, void, void> {
    const { leaf, policies, budget } = this.#inputs;
    const found = checkPolicies([leaf], policies, budget);
    if (found.failures.length > 0) this.#refuse([leaf], found.failures);
    else yield { path: [leaf], anchor, policies: found.policies };
  }

  /**
   * Goes on from the last certificate of `path`, above `intermediates` that are not self-issued.
   * Answers whether nothing that was refused depended on the certificates below.
   */
  *#from(path: readonly Certificate[], intermediates: number): Generator<BuiltPath, boolean, void> {
    const current = path[path.length - 1]!;
    const candidates = this.#issuers.of(current);
    if (candidates.length === 0) {
      return this.#refuse(path, [noPathFailure(current, path.length - 1)]);
    }
    let independent = true;
    const key = this.#loopKey(current);
    this.#onPath.add(key);
    for (const candidate of candidates) {
      const settled =
        candidate.anchor === undefined
          ? yield* this.#through(candidate.certificate, path, intermediates)
          : yield* this.#to(candidate.anchor, path, intermediates);
      independent &&= settled;
    }
    this.#onPath.delete(key);
    return independent;
  }

  *#to(
    anchor: TrustAnchor,
    path: readonly Certificate[],
    intermediates: number,
  ): Generator<BuiltPath, boolean, void> {
    const { budget, checks, policies } = this.#inputs;
    budget.spend(STEP_UNITS);
    const { certificate } = anchor;
    const whole = certificate === undefined ? path : [...path, certificate];
    if (certificate !== undefined) {
      const failures = checks.failures(certificate, 'anchor', path.length);
      if (failures.length > 0) return this.#refuse(whole, failures);
      const tooLong = pathLengthFailure(certificate, intermediates, path.length);
      if (tooLong !== undefined) return !this.#refuse(whole, [tooLong]);
    } else {
      const failures = checks.bareAnchorFailures(anchor);
      if (failures.length > 0) return this.#refuse(whole, failures);
    }
    if (!this.#signed(path, anchor)) return this.#refuse(whole, [signatureFailure(path, anchor)]);
    budget.spend(path.length * PATH_UNITS);
    const found = checkWholePath(path, anchor, policies, checks.policy, budget);
    if (found.failures.length > 0) return !this.#refuse(whole, found.failures);
    yield { path, anchor, policies: found.policies };
    return false;
  }

  *#through(
    issuer: Certificate,
    path: readonly Certificate[],
    intermediates: number,
  ): Generator<BuiltPath, boolean, void> {
    const { budget, checks, maxDepth } = this.#inputs;
    if (this.#hopeless.has(issuer)) return true;
    budget.spend(STEP_UNITS);
    if (this.#onPath.has(this.#loopKey(issuer))) return false;
    const depth = path.length;
    const whole = [...path, issuer];
    if (!this.#issuers.leadsToAnchor(issuer)) {
      const link = this.#issuers.brokenLink(issuer) ?? issuer;
      return this.#refuse(whole, [noPathFailure(link, depth)]);
    }
    const failures = checks.failures(issuer, 'intermediate', depth);
    if (failures.length > 0) return this.#refuse(whole, failures);
    const tooLong = pathLengthFailure(issuer, intermediates, depth);
    if (tooLong !== undefined) return !this.#refuse(whole, [tooLong]);
    const above = issuer.selfIssued ? intermediates : intermediates + 1;
    if (above > maxDepth || depth >= MAX_PATH_LENGTH)
      return !this.#refuse(whole, [depthFailure(issuer, depth, Math.min(maxDepth, MAX_PATH_LENGTH))]);
    if (!this.#signed(path, issuer)) return this.#refuse(whole, [signatureFailure(path, issuer)]);
    const independent = yield* this.#from(whole, above);
    if (independent) this.#hopeless.add(issuer);
    return independent;
  }

  /** Made once for each certificate: a key may have a megabyte, and a loop be met a thousand times. */
  #loopKey(certificate: Certificate): string {
    let key = this.#loopKeys.get(certificate);
    if (key === undefined) {
      key = certificate.subject.normalized + certificate.subjectPublicKeyInfo.toString('latin1');
      this.#loopKeys.set(certificate, key);
    }
    return key;
  }

  #signed(path: readonly Certificate[], issuer: Certificate | TrustAnchor): boolean {
    return this.#inputs.signatures.verifyCertificate(path[path.length - 1]!, issuer);
  }

  /** Notes why a path goes no further; always true. */
  #refuse(path: readonly Certificate[], failures: readonly PathFailure[]): true {
    if (this.candidates.length < MAX_CANDIDATES) this.candidates.push({ path, failures });
    return true;
  }
}

function noPathFailure(certificate: Certificate, depth: number): PathFailure {
  return {
    code: 'no_path',
    certificate,
    depth,
    rule: 'RFC 5280 §6.1',
    message: "neither a trust anchor nor an intermediate at hand that leads to one has the issuer's name",
    values: { issuer: nameText(certificate) },
  };
}

/** RFC 5280 §6.1.4 (l), (m): intermediates that are not self-issued follow the certificate, the leaf not counted. */
function pathLengthFailure(
  certificate: Certificate,
  intermediates: number,
  depth: number,
): PathFailure | undefined {
  const limit = certificate.basicConstraints?.pathLength;
  if (limit === undefined || intermediates <= limit) return undefined;
  return {
    code: 'path_length_exceeded',
    certificate,
    depth,
    rule: 'RFC 5280 §6.1.4 (l)',
    message: 'more intermediates follow than the path length constraint allows',
    values: { pathLengthConstraint: limit, intermediates },
  };
}

function depthFailure(certificate: Certificate, depth: number, maxDepth: number): PathFailure {
  return {
    code: 'depth_exceeded',
    certificate,
    depth,
    rule: 'maxDepth',
    message: 'the path has more intermediates than the caller allows',
    values: { maxDepth },
  };
}

function signatureFailure(path: readonly Certificate[], issuer: Certificate | TrustAnchor): PathFailure {
  const certificate = path[path.length - 1]!;
  return {
    code: 'signature_invalid',
    certificate,
    depth: path.length - 1,
    rule: 'RFC 5280 §6.1.3 (a)(1)',
    message: 'the signature is not one by the key of this issuer',
    values: { issuer: nameText(certificate), issuerKeySha256: keyHash(issuer.subjectPublicKeyInfo) },
  };
}

function nameText(certificate: Certificate): string {
  return shortened(certificate.issuer.toString());
}

function keyHash(subjectPublicKeyInfo: Buffer): string {
  return hash('sha256', subjectPublicKeyInfo, 'hex');
}
