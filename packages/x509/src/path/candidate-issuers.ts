import type { Certificate } from '../certificates/certificate.ts';
import { isIdentifierOfKey } from './signature-cache.ts';
import type { TrustAnchor } from './trust-anchor.ts';

/** What may have issued a certificate, going by its name. */
export type Candidate =
  | { readonly anchor: TrustAnchor; readonly certificate: Certificate | undefined }
  | { readonly anchor: undefined; readonly certificate: Certificate };

/** Finds certificates and anchors by subject (RFC 5280 §7.1). */
export class CandidateIssuers {
  readonly #bySubject = new Map<string, Candidate[]>();

  constructor(anchors: readonly TrustAnchor[], certificates: readonly Certificate[]) {
    for (const anchor of anchors)
      this.#add(anchor.subject.normalized, { anchor, certificate: anchor.certificate });
    for (const certificate of certificates)
      this.#add(certificate.subject.normalized, { anchor: undefined, certificate });
  }

  #add(subject: string, candidate: Candidate): void {
    const known = this.#bySubject.get(subject);
    if (known === undefined) this.#bySubject.set(subject, [candidate]);
    else known.push(candidate);
  }

  /**
   * Everything whose subject is the certificate's issuer, the most promising first. Key identifiers and serial numbers, which may lie, only
   * order the candidates; none is left out for them.
   */
  of(certificate: Certificate): readonly Candidate[] {
    const candidates = this.#bySubject.get(certificate.issuer.normalized);
    if (candidates === undefined || candidates.length < 2) return candidates ?? [];
    return candidates
      .map((candidate, position) => ({ candidate, position, rank: rank(certificate, candidate) }))
      .sort((a, b) => a.rank - b.rank || latestFirst(a.candidate, b.candidate) || a.position - b.position)
      .map(({ candidate }) => candidate);
  }
}

/** Lower is better. Anchors come before other certificates that the identifiers speak for as much. */
function rank(child: Certificate, candidate: Candidate): number {
  return identifierRank(child, candidate) * 2 + (candidate.anchor === undefined ? 1 : 0);
}

function identifierRank(child: Certificate, { anchor, certificate }: Candidate): number {
  try {
    const authority = child.authorityKeyIdentifier;
    const wanted = authority?.keyIdentifier;
    if (wanted === undefined) return 2;
    const key = anchor?.subjectPublicKeyInfo ?? certificate!.subjectPublicKeyInfo;
    // An identifier can be copied, but not a key that hashes to it.
    if (isIdentifierOfKey(wanted, key)) return 0;
    const own = certificate?.subjectKeyIdentifier;
    if (own === undefined) return 2;
    return own.equals(wanted) ? 1 : 3;
  } catch {
    return 3;
  }
}

function latestFirst(a: Candidate, b: Candidate): number {
  return (b.certificate?.notAfter ?? 0) - (a.certificate?.notAfter ?? 0);
}
