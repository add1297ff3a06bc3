import { type RevocationReason, revocationReasons } from '../authority/index.ts';
import { AdminError } from './problems.ts';

/** A reason as RFC 5280 §5.3.1 spells it. */
export const rfc5280Spelling = (reason: RevocationReason): string =>
  reason.replace(/_[a-z]/g, (part) => part.charAt(1).toUpperCase());

/** Takes RFC 5280's spelling and ours. Throws AdminError unless it is one of `allowed`. */
export function readRevocationReason<Reason extends RevocationReason>(
  text: string,
  allowed: readonly Reason[],
): Reason {
  const snake = text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const reason = allowed.find((one) => one === snake);
  if (reason !== undefined) return reason;
  throw new AdminError(
    400,
    'revocation_reason_invalid',
    `revocation_reason is one of ${allowed.map(rfc5280Spelling).join(', ')}`,
  );
}

/** An authority is revoked for good. */
export const finalReasons = revocationReasons.filter((reason) => reason !== 'certificate_hold');
