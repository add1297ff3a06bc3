import type { Certificate } from '../certificates/certificate.ts';
import { HASH_UNITS, type WorkBudget } from './budget.ts';
import { isIdentifierOfKey } from './key-identifier.ts';
import type { TrustAnchor } from './trust-anchor.ts';

/** What may have issued a certificate, going by its name. */
export type Candidate =
  | { readonly anchor: TrustAnchor; readonly certificate: Certificate | undefined }
  | { readonly anchor: undefined; readonly certificate: Certificate };

const NONE: readonly Candidate[] = [];

/** Finds certificates and anchors by subject (RFC 5280 §7.1). */
export class CandidateIssuers {
  readonly #budget: WorkBudget;
  readonly #bySubject = new Map<string, Candidate[]>();
  readonly #certificates: readonly Certificate[];
  readonly #anchors: readonly TrustAnchor[];
  readonly #ordered = new Map<Certificate, readonly Candidate[]>();
  #reaching: Set<string> | undefined;

  constructor(anchors: readonly TrustAnchor[], certificates: readonly Certificate[], budget: WorkBudget) {
    this.#anchors = anchors;
    this.#certificates = certificates;
    this.#budget = budget;
    for (const anchor of anchors) {
      this.#add(anchor.subject.normalized, { anchor, certificate: anchor.certificate });
    }
    for (const certificate of certificates) {
      this.#add(certificate.subject.normalized, { anchor: undefined, certificate });
    }
  }

  #add(subject: string, candidate: Candidate): void {
    const known = this.#bySubject.get(subject);
    if (known === undefined) this.#bySubject.set(subject, [candidate]);
    else known.push(candidate);
  }

  /**
   * Everything whose subject is the certificate's issuer, the most promising first. Key identifiers, which may lie, only order the
   * candidates; none is left out for them. Throws BudgetExhausted.
   */
  of(certificate: Certificate): readonly Candidate[] {
    const candidates = this.#bySubject.get(certificate.issuer.normalized);
    if (candidates === undefined) return NONE;
    if (candidates.length === 1) return candidates;
    let ordered = this.#ordered.get(certificate);
    if (ordered === undefined) {
      ordered = this.#order(certificate, candidates);
      this.#ordered.set(certificate, ordered);
    }
    return ordered;
  }

  #order(certificate: Certificate, candidates: readonly Candidate[]): readonly Candidate[] {
    this.#budget.spend(candidates.length * HASH_UNITS);
    return candidates
      .map((candidate, position) => ({ candidate, position, rank: rank(certificate, candidate) }))
      .sort((a, b) => a.rank - b.rank || latestFirst(a.candidate, b.candidate) || a.position - b.position)
      .map(({ candidate }) => candidate);
  }

  /** Whether names, from issuer to subject to issuer, lead from the certificate up to an anchor. Costs no signature check. */
  leadsToAnchor(certificate: Certificate): boolean {
    this.#reaching ??= this.#findReaching();
    return this.#reaching.has(certificate.issuer.normalized);
  }

  /** The names of anchors, and of every certificate below one of these names. */
  #findReaching(): Set<string> {
    const byIssuer = new Map<string, string[]>();
    for (const certificate of this.#certificates) {
      const issuer = certificate.issuer.normalized;
      const below = byIssuer.get(issuer);
      if (below === undefined) byIssuer.set(issuer, [certificate.subject.normalized]);
      else below.push(certificate.subject.normalized);
    }
    const reaching = new Set<string>();
    for (const anchor of this.#anchors) reaching.add(anchor.subject.normalized);
    // A set yields what is added while it is walked, too.
    for (const name of reaching) for (const below of byIssuer.get(name) ?? []) reaching.add(below);
    return reaching;
  }

  /** The certificate, at or above this one by names, whose issuer is not at hand; undefined where the names go round. */
  brokenLink(certificate: Certificate): Certificate | undefined {
    const seen = new Set<string>();
    for (let link = certificate; ; ) {
      const name = link.issuer.normalized;
      const above = this.#bySubject.get(name)?.[0]?.certificate;
      if (above === undefined) return link;
      if (seen.has(name)) return undefined;
      seen.add(name);
      link = above;
    }
  }
}

/** Lower is better. Anchors come before other certificates that the identifiers speak for as much. */
function rank(child: Certificate, candidate: Candidate): number {
  return identifierRank(child, candidate) * 2 + (candidate.anchor === undefined ? 1 : 0);
}

function identifierRank(child: Certificate, { anchor, certificate }: Candidate): number {
  try {
    const wanted = child.authorityKeyIdentifier?.keyIdentifier;
    if (wanted === undefined) return 2;
    // An identifier can be copied, but not a key that hashes to it.
    if (isIdentifierOfKey(wanted, anchor?.subjectPublicKeyInfo ?? certificate!.subjectPublicKeyInfo))
      return 0;
    const own = certificate?.subjectKeyIdentifier;
    if (own === undefined) return 2;
    return own.equals(wanted) ? 1 : 3;
  } catch {
    // Malformed identifiers speak against nobody but their bearer.
    return 3;
  }
}

function latestFirst(a: Candidate, b: Candidate): number {
  return (b.certificate?.notAfter ?? 0) - (a.certificate?.notAfter ?? 0);
}
