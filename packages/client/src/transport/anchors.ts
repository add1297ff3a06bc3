import { ClientError } from '../errors.ts';
import { fetchPinnedRoot } from './pinned-root.ts';

/** Certificates as PEM text or bytes (one or several in a row), or one as DER; a list may mix them. */
export type CertificateInput = string | Uint8Array | readonly (string | Uint8Array)[];

/**
 * Whom the server's certificate must come from: these CA certificates alone, or the one root with this SHA-256 fingerprint (64 hex digits,
 * with or without colons), which the server has to present in its chain.
 */
export type Anchors = CertificateInput | { readonly fingerprint256: string };

/** Throws `configuration_invalid` for what can be no anchor. */
export function checkAnchors(anchors: Anchors | undefined): void {
  if (anchors === undefined || !isPin(anchors)) return;
  if (!/^[0-9a-f]{64}$/.test(normalisedPin(anchors))) {
    throw new ClientError(
      'configuration_invalid',
      '"anchors.fingerprint256" must be a SHA-256 in 64 hex digits',
    );
  }
}

/** The anchors as PEM; a pinned root is fetched from `origin`. Undefined: those that Node trusts. */
export async function resolveAnchors(
  anchors: Anchors | undefined,
  origin: string,
): Promise<readonly string[] | undefined> {
  if (anchors === undefined) return undefined;
  if (isPin(anchors)) return [toPem(await fetchPinnedRoot(origin, normalisedPin(anchors)))];
  return (typeof anchors === 'string' || anchors instanceof Uint8Array ? [anchors] : anchors).map(toPem);
}

export function isPin(anchors: Anchors): anchors is { readonly fingerprint256: string } {
  return typeof anchors === 'object' && 'fingerprint256' in anchors;
}

/** 64 lower-case hex digits, if it is a fingerprint. */
export function normalisedPin({ fingerprint256 }: { readonly fingerprint256: string }): string {
  return String(fingerprint256).replaceAll(':', '').toLowerCase();
}

/** TLS options of Node take PEM only. */
export function toPem(input: string | Uint8Array): string {
  if (typeof input === 'string') return input;
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  if (bytes[0] !== 0x30) return bytes.toString('latin1');
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
