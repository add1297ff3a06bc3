/** Reasons for revocation by their names in RFC 5280 §5.3.1; the number of each is its code. `unused` is code 7, which nobody may use. */
export const REVOCATION_REASONS = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'unused',
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const;

/** A reason for revocation by its name in RFC 5280 §5.3.1. */
export type RevocationReason = Exclude<(typeof REVOCATION_REASONS)[number], 'unused'>;

/** The reason of a CRLReason code; undefined for a code that does not exist. */
export function revocationReason(code: number): RevocationReason | undefined {
  const reason = REVOCATION_REASONS[code];
  return reason === 'unused' ? undefined : reason;
}
