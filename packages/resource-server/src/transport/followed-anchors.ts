import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import { type CertificateInput, toPem } from './trusted-connections.ts';

/** A certificate that is trusted, and its SHA-256 in lower-case hexadecimal. */
export interface FollowedAnchor {
  readonly pem: string;
  readonly sha256: string;
}

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * What to trust where the authorization server names its roots: those, and whatever was trusted before (without anchors of one's own, what Node
 * trusts), but for roots that it says are retired. Undefined if one of the roots is no certificate: what was trusted stays then.
 */
export function followedAnchors(
  configured: CertificateInput | undefined,
  roots: readonly string[],
  retired: readonly string[],
): FollowedAnchor[] | undefined {
  const before = configured === undefined ? getCACertificates('default') : toPem(configured);
  const anchors = new Map<string, string>();
  try {
    for (const pem of [...roots, ...before].flatMap((text) => text.match(pemBlock) ?? [])) {
      const sha256 = new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
      if (!retired.includes(sha256)) anchors.set(sha256, `${pem}\n`);
    }
  } catch {
    return undefined;
  }
  if (anchors.size === 0) return undefined;
  return [...anchors].map(([sha256, pem]) => ({ sha256, pem }));
}
