import { CertificateRevocationList, type CrlEntryFields } from '@mortise/x509';
import { firstPartition } from '../../../authority/index.ts';
import { type PublishingAuthorities, signedAuthorities } from '../authorities.ts';
import { deltaMarginMs, entryKeptAfterEndMs } from '../lifetimes.ts';
import { writtenReason } from '../reasons.ts';
import type { CertificateStatus, CrlScope, CrlStore } from '../store.ts';

/** What a CRL has to list now. */
export async function readContents(
  sources: { readonly store: Pick<CrlStore, 'revoked'>; readonly authorities: PublishingAuthorities },
  scope: CrlScope,
  now: number,
): Promise<CertificateStatus[]> {
  const endingFrom = now - entryKeptAfterEndMs;
  const certificates = await sources.store.revoked({ ...scope, endingFrom });
  if (scope.partition !== firstPartition) return certificates;
  const signed = signedAuthorities(sources.authorities, scope.authorityId).filter(
    ({ revoked, notAfter }) => revoked !== undefined && notAfter >= endingFrom,
  );
  return [...signed, ...certificates];
}

/** The entries of the complete CRL. */
export function completeEntries(contents: readonly CertificateStatus[]): CrlEntryFields[] {
  return contents.flatMap(({ serialNumber, revoked }) =>
    revoked === undefined
      ? []
      : [
          {
            serialNumber: Buffer.from(serialNumber, 'hex'),
            revokedAt: revoked.at,
            reason: writtenReason(revoked.reason),
          },
        ],
  );
}

/** The entries of the delta: what was revoked since its base, and whose hold was ended since (RFC 5280 §5.2.4). */
export async function deltaEntries(
  store: Pick<CrlStore, 'released'>,
  scope: CrlScope,
  contents: readonly CertificateStatus[],
  baseAt: number,
): Promise<CrlEntryFields[]> {
  const since = baseAt - deltaMarginMs;
  const released = await store.released({ ...scope, since });
  return [
    ...completeEntries(contents.filter(({ revoked }) => revoked !== undefined && revoked.at >= since)),
    ...released.map(({ serialNumber, releasedAt }) => ({
      serialNumber: Buffer.from(serialNumber, 'hex'),
      revokedAt: releasedAt,
      reason: 'removeFromCRL' as const,
    })),
  ];
}

/** Whether a CRL lists exactly this, with these reasons. */
export async function lists(der: Buffer, contents: readonly CertificateStatus[]): Promise<boolean> {
  const crl = await CertificateRevocationList.load(der);
  if (crl.size !== contents.length) return false;
  return completeEntries(contents).every(({ serialNumber, reason }) => {
    const found = crl.find(contentOctets(serialNumber));
    return found !== undefined && (found.reason ?? 'unspecified') === reason;
  });
}

/** Whether a CRL has an entry for a serial number (lower-case hexadecimal). */
export function listsSerial(crl: CertificateRevocationList, serialNumber: string): boolean {
  return crl.find(contentOctets(Buffer.from(serialNumber, 'hex'))) !== undefined;
}

/** A positive number as DER writes it. */
function contentOctets(magnitude: Uint8Array): Buffer {
  return magnitude[0]! >= 0x80 ? Buffer.from([0, ...magnitude]) : Buffer.from(magnitude);
}
