import {
  type Certificate,
  type LintFinding,
  lintCertificate,
  type PathValidation,
  type PeerName,
  type ValidatePathOptions,
  validatePath,
} from '@mortise/x509';
import type { ServedChain } from './fetch-chain.ts';

/** Where the certificates came from. */
export type Source =
  | { readonly kind: 'file'; readonly path: string; readonly format: string }
  | ({ readonly kind: 'server' } & ServedChain);

/** What is trusted, and by whose word. */
export interface Anchors {
  readonly certificates: readonly Certificate[];
  /** The files; none: the root certificates that come with Node. */
  readonly files: readonly string[];
}

/** What is asked about each certificate. */
export interface Question {
  readonly name: PeerName | undefined;
  readonly purpose: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly policy: 'rfc5280' | 'webpki' | undefined;
  readonly revocation: 'available' | 'require';
  readonly anchors: Anchors;
  readonly crls: NonNullable<ValidatePathOptions['crls']>;
  readonly ocspResponses: NonNullable<ValidatePathOptions['ocspResponses']>;
}

/** A certificate and all that was found out about it. */
export interface Verified {
  /** Its name in the key store, where there are several. */
  readonly alias: string | undefined;
  readonly leaf: Certificate;
  readonly result: PathValidation;
  /** What lint finds in the certificates of the path, the anchor's left out; of a refused one, in itself alone. */
  readonly lint: readonly { readonly certificate: Certificate; readonly findings: readonly LintFinding[] }[];
}

export interface Verification {
  readonly source: Source;
  readonly question: Question;
  /** How many certificates there are besides those that were verified. */
  readonly others: number;
  readonly verified: readonly Verified[];
}

/** Validates the path of one certificate and lints what it goes through. */
export async function verifyCertificate(
  leaf: Certificate,
  alias: string | undefined,
  certificates: readonly Certificate[],
  question: Question,
): Promise<Verified> {
  const { name, purpose, at, policy, revocation, crls, ocspResponses } = question;
  const anchors = question.anchors.certificates;
  const result = await validatePath({
    leaf,
    certificates,
    anchors,
    at,
    purpose,
    name,
    policy,
    crls,
    ocspResponses,
    revocation,
  });
  const trusted = new Set(anchors.map(({ fingerprint256 }) => fingerprint256));
  const concerned = result.valid
    ? result.path.filter(({ fingerprint256 }) => !trusted.has(fingerprint256))
    : [leaf];
  const lint = concerned
    .map((certificate) => ({ certificate, findings: lintCertificate(certificate, policy ?? 'rfc5280') }))
    .filter(({ findings }) => findings.length > 0);
  return { alias, leaf, result, lint };
}
