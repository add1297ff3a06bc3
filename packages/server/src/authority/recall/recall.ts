import { Certificate, X509Error } from '@mortise/x509';
import type { Actor } from '../../events/index.ts';
import { type IssuedCertificate, responderProfile } from '../issued-certificate.ts';
import { crossProfile } from '../rollover/rollover-record.ts';

/** Which certificates are recalled; those members that are given all have to match. Times are epoch milliseconds. */
export interface RecallFilter {
  /** The issuer. */
  readonly authorityId?: string;
  /** With it all authorities under it: what `authorityId` came to when the recall was made. */
  readonly authorityIds?: readonly string[];
  readonly profile?: string;
  /** `rsa`, `ec` or `ed25519`, or narrower `rsa-2048`, `ec-p256`, … */
  readonly keyType?: string;
  readonly issuedFrom?: number;
  /** Exclusive. */
  readonly issuedUntil?: number;
}

/**
 * Incident control: the certificates of a kind shall be replaced now. Their renewal information (RFC 9773) says so from then on;
 * nothing is revoked. It is about certificates issued until it was made, so that what replaces them is not recalled itself.
 */
export interface Recall {
  readonly id: string;
  readonly filter: RecallFilter;
  /** A page that says why, for people (RFC 9773 §4.2). */
  readonly explanationUrl?: string;
  readonly createdAt: number;
  readonly createdBy: Actor;
  /** From then on renewal information is as ever. */
  readonly endedAt?: number;
}

export const replacementStates = ['replaced', 'revoked', 'expired', 'outstanding'] as const;

/**
 * What became of a recalled certificate; the first that is true:
 * - `replaced`: another one was issued since, by an ACME order that says so (RFC 9773 §5), or of the same lineage: for the
 *   same names, under the same profile, to the same client; one that is not revoked itself
 * - `revoked`, `expired`: it was gone before anything replaced it
 * - `outstanding`: still to do
 */
export type ReplacementState = (typeof replacementStates)[number];

/** How many of the certificates that a recall is about are in each state. */
export type RecallProgress = Readonly<Record<ReplacementState, number>> & { readonly certificates: number };

export const keyTypePattern = '^(rsa(-[1-9][0-9]{3,4})?|ec(-p(256|384|521))?|ed25519)$';

/** The profiles of certificates that this server makes for itself and replaces by rules of its own. */
export const neverRecalled: readonly string[] = [responderProfile, crossProfile];

/** Whether renewal information of a certificate follows the recall. */
export function recalls(recall: Recall, certificate: IssuedCertificate): boolean {
  const { authorityIds, profile, issuedFrom, issuedUntil } = recall.filter;
  const { issuedAt } = certificate;
  return (
    recall.endedAt === undefined &&
    !neverRecalled.includes(certificate.profile) &&
    issuedAt <= recall.createdAt &&
    (authorityIds === undefined || authorityIds.includes(certificate.authorityId)) &&
    (profile === undefined || profile === certificate.profile) &&
    (issuedFrom === undefined || issuedAt >= issuedFrom) &&
    (issuedUntil === undefined || issuedAt < issuedUntil) &&
    hasKeyType(recall, certificate.certificate)
  );
}

/** Whether the key of a certificate (DER) is of the kind that is recalled. */
export function hasKeyType({ filter: { keyType } }: Pick<Recall, 'filter'>, der: Buffer): boolean {
  if (keyType === undefined) return true;
  const found = keyTypeOf(der);
  return found === keyType || found?.startsWith(`${keyType}-`) === true;
}

/** `rsa-2048`, `ec-p256`, `ed25519`; undefined for a key that cannot be read. */
function keyTypeOf(der: Buffer): string | undefined {
  try {
    const { publicKeyInfo: key } = Certificate.parse(der);
    if (key.kind === 'rsa') return `rsa-${key.bits}`;
    if (key.kind === 'ec') return `ec-p${key.bits}`;
    return key.kind;
  } catch (error) {
    if (error instanceof X509Error) return undefined;
    throw error;
  }
}
