import type { RevocationReason as AnyReason } from '@mortise/x509';
import type { RevocationReason } from '../../authority/index.ts';

/** In complete CRLs; deltas know one more. */
type WrittenReason = Exclude<AnyReason, 'removeFromCRL'>;

const written: Readonly<Record<RevocationReason, WrittenReason>> = {
  unspecified: 'unspecified',
  key_compromise: 'keyCompromise',
  affiliation_changed: 'affiliationChanged',
  superseded: 'superseded',
  cessation_of_operation: 'cessationOfOperation',
  privilege_withdrawn: 'privilegeWithdrawn',
  certificate_hold: 'certificateHold',
};

/** A reason as CRLs and OCSP write it (RFC 5280 §5.3.1). */
export function writtenReason(reason: RevocationReason): WrittenReason {
  return written[reason];
}
