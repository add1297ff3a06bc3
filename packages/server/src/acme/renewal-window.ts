import type { IssuedCertificate, Recall } from '../authority/index.ts';

const recallWindowMs = 3_600_000;

/**
 * When a certificate shall be renewed (RFC 9773 §4.2), in epoch milliseconds: in the first part of the last third of its life; in the past where it is
 * revoked or recalled, also where that time had come.
 */
export function renewalWindow(
  {
    notBefore,
    issuedAt,
    notAfter,
    revokedAt,
  }: Pick<IssuedCertificate, 'notBefore' | 'issuedAt' | 'notAfter' | 'revokedAt'>,
  recall: Pick<Recall, 'createdAt'> | undefined,
  now: number,
): { readonly start: number; readonly end: number } {
  // It is backdated: of a brief life, two thirds would be over when it begins.
  const begins = Math.max(notBefore, Math.floor(issuedAt / 1000) * 1000);
  const lifetimeMs = notAfter - begins;
  const widthMs = Math.max(lifetimeMs / 24, 2000);
  if (revokedAt !== undefined) return { start: now - 2 * widthMs, end: now - widthMs };
  const usual = begins + (lifetimeMs * 2) / 3;
  if (recall === undefined) return { start: usual, end: usual + widthMs };
  // In whole seconds the end is still later than the start, and not in the future.
  return { start: recall.createdAt - recallWindowMs, end: recall.createdAt };
}
