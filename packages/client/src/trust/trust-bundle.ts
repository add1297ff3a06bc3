import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import { ClientError } from '../errors.ts';
import { type Anchors, isPin, toPem } from '../transport/anchors.ts';

/** The roots that an authorization server names: `GET /trust/v1/bundle`. */
export interface TrustBundle {
  /** PEM. */
  readonly roots: readonly string[];
  /** SHA-256 of roots to trust no more, lower-case hexadecimal. */
  readonly retired: readonly string[];
}

/** A certificate that is trusted, and its SHA-256 in lower-case hexadecimal. */
export interface TrustedCertificate {
  readonly pem: string;
  readonly sha256: string;
}

/** More roots than this no server has. */
const maxRoots = 100;
const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Throws `server_response_invalid`. */
export function readTrustBundle(document: unknown): TrustBundle {
  const { roots, retired } = (document ?? {}) as { roots?: unknown; retired?: unknown };
  if (!Array.isArray(roots) || roots.length === 0 || roots.length > maxRoots) throw invalid();
  if (!Array.isArray(retired) || retired.some((one) => typeof one !== 'string')) throw invalid();
  const certificates = roots.map((root: unknown) => {
    const { certificate } = (root ?? {}) as { certificate?: unknown };
    if (typeof certificate !== 'string') throw invalid();
    return certificate;
  });
  return { roots: certificates, retired: retired as string[] };
}

/**
 * What to trust from now on: the roots that the server names, and what was trusted before (with a pin nothing more, without anchors what Node
 * trusts), but for those that are retired. Throws `server_response_invalid`.
 */
export function anchorsWith(
  before: Anchors | undefined,
  { roots, retired }: TrustBundle,
): TrustedCertificate[] {
  const found = new Map<string, string>();
  for (const pem of [...roots, ...certificatesOf(before)].flatMap((text) => text.match(pemBlock) ?? [])) {
    const sha256 = fingerprintOf(pem);
    if (!retired.includes(sha256)) found.set(sha256, `${pem}\n`);
  }
  if (found.size === 0) throw invalid();
  return [...found].map(([sha256, pem]) => ({ sha256, pem }));
}

function certificatesOf(anchors: Anchors | undefined): readonly string[] {
  if (anchors === undefined) return getCACertificates('default');
  if (isPin(anchors)) return [];
  return (typeof anchors === 'string' || anchors instanceof Uint8Array ? [anchors] : anchors).map(toPem);
}

function fingerprintOf(pem: string): string {
  try {
    return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
  } catch {
    throw invalid();
  }
}

function invalid(): ClientError {
  return new ClientError('server_response_invalid', 'the trust bundle of the server is malformed');
}
