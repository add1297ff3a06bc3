import type { Certificate } from '../certificates/certificate.ts';
import { X509Error } from '../errors.ts';
import { HASH_UNITS, type WorkBudget } from './budget.ts';
import { keyIdentifiers } from './key-identifier.ts';
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
  readonly #identifiers = new Map<string, readonly Buffer[]>();
  #distances: Map<string, number> | undefined;
  /** What {@link brokenLink} found above each name. */
  readonly #brokenLinks = new Map<string, Certificate | undefined>();

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
   * candidates; none is left out for them. Those that they speak for as much are ordered by their distance from an anchor, going by names.
   * Throws BudgetExhausted.
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
    return candidates
      .map((candidate, position) => ({
        candidate,
        position,
        rank: this.#identifierRank(certificate, candidate),
        distance: this.#distance(candidate),
      }))
      .sort(
        (a, b) =>
          a.rank - b.rank ||
          a.distance - b.distance ||
          latestFirst(a.candidate, b.candidate) ||
          a.position - b.position,
      )
      .map(({ candidate }) => candidate);
  }

  /** Lower is better. */
  #identifierRank(child: Certificate, { anchor, certificate }: Candidate): number {
    try {
      const wanted = child.authorityKeyIdentifier?.keyIdentifier;
      if (wanted === undefined) return 2;
      // An identifier can be copied, but not a key that hashes to it.
      const key = anchor?.subjectPublicKeyInfo ?? certificate!.subjectPublicKeyInfo;
      if (this.#identifiersOf(key).some((identifier) => identifier.equals(wanted))) return 0;
      const own = certificate?.subjectKeyIdentifier;
      if (own === undefined) return 2;
      return own.equals(wanted) ? 1 : 3;
    } catch (cause) {
      // Malformed identifiers speak against nobody but their bearer.
      if (cause instanceof X509Error) return 3;
      throw cause;
    }
  }

  #identifiersOf(key: Buffer): readonly Buffer[] {
    const name = key.toString('latin1');
    let identifiers = this.#identifiers.get(name);
    if (identifiers === undefined) {
      this.#budget.spend(HASH_UNITS);
      identifiers = keyIdentifiers(key);
      this.#identifiers.set(name, identifiers);
    }
    return identifiers;
  }

  /** Issuers between the candidate and the nearest anchor by names, itself counted; 0 for an anchor. */
  #distance({ anchor, certificate }: Candidate): number {
    if (anchor !== undefined) return 0;
    return 1 + (this.#distanceOf(certificate.issuer.normalized) ?? Number.MAX_SAFE_INTEGER - 1);
  }

  /** Whether names, from issuer to subject to issuer, lead from the certificate up to an anchor. Costs no signature check. */
  leadsToAnchor(certificate: Certificate): boolean {
    return this.#distanceOf(certificate.issuer.normalized) !== undefined;
  }

  #distanceOf(name: string): number | undefined {
    this.#distances ??= this.#findDistances();
    return this.#distances.get(name);
  }

  /** The names of anchors, and of every certificate below one of these names, by how far below. */
  #findDistances(): Map<string, number> {
    const byIssuer = new Map<string, string[]>();
    for (const certificate of this.#certificates) {
      const issuer = certificate.issuer.normalized;
      const below = byIssuer.get(issuer);
      if (below === undefined) byIssuer.set(issuer, [certificate.subject.normalized]);
      else below.push(certificate.subject.normalized);
    }
    const distances = new Map<string, number>();
    for (const anchor of this.#anchors) distances.set(anchor.subject.normalized, 0);
    // A map yields what is added while it is walked, too: the nearest names first.
    for (const [name, distance] of distances) {
      for (const below of byIssuer.get(name) ?? []) {
        if (!distances.has(below)) distances.set(below, distance + 1);
      }
    }
    return distances;
  }

  /** The certificate, at or above this one by names, whose issuer is not at hand; undefined where the names go round. Goes over each name once, however often it is asked. */
  brokenLink(certificate: Certificate): Certificate | undefined {
    const walked = new Set<string>();
    let link: Certificate | undefined = certificate;
    while (link !== undefined) {
      const name: string = link.issuer.normalized;
      if (this.#brokenLinks.has(name)) {
        link = this.#brokenLinks.get(name);
        break;
      }
      const above: Certificate | undefined = this.#bySubject.get(name)?.[0]?.certificate;
      if (above === undefined) break;
      link = walked.has(name) ? undefined : above;
      walked.add(name);
    }
    for (const name of walked) this.#brokenLinks.set(name, link);
    return link;
  }
}

function latestFirst(a: Candidate, b: Candidate): number {
  return (b.certificate?.notAfter ?? 0) - (a.certificate?.notAfter ?? 0);
}
