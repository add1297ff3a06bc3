import type { RevocationReason } from '../crl/reason.ts';

/** Why a CRL or OCSP response at hand was of no use for a certificate. Codes are stable; a retired one is never reused. */
export type RevocationProblemCode =
  | 'malformed'
  | 'nonconforming'
  | 'not_yet_valid'
  | 'stale'
  | 'out_of_scope'
  | 'signer_unknown'
  | 'signer_not_authorized'
  | 'signer_revoked'
  | 'signature_invalid'
  | 'algorithm_weak'
  | 'unknown_critical_extension'
  | 'base_mismatch'
  | 'reasons_incomplete'
  | 'no_answer'
  | 'nonce_mismatch'
  | 'error_response'
  | 'status_unknown'
  | 'budget_exhausted';

/** Why one CRL or OCSP response settled nothing. */
export interface RevocationProblem {
  readonly code: RevocationProblemCode;
  readonly source: 'crl' | 'ocsp';
  /** Place of the CRL or response in its list, from 0; absent where it is about none in particular. */
  readonly index?: number;
  readonly message: string;
}

/** What would settle the question. This package fetches nothing, and a caller should only after the path is valid. */
export type RevocationNeed =
  | { readonly kind: 'ocsp'; readonly uri: string /** DER to POST. */; readonly request: Buffer }
  | { readonly kind: 'crl'; readonly uri: string }
  | { readonly kind: 'delta-crl'; readonly uri: string };

/** The answer about one certificate. Times are epoch milliseconds. */
export type RevocationStatus =
  | {
      readonly status: 'good';
      readonly source: 'crl' | 'ocsp' /** Infinity if nothing says when it ends. */;
      readonly validUntil: number;
    }
  | {
      readonly status: 'revoked';
      readonly source: 'crl' | 'ocsp';
      readonly revokedAt: number;
      readonly reason: RevocationReason;
      readonly invalidityDate: number | undefined;
      readonly validUntil: number;
    }
  | {
      readonly status: 'unknown';
      readonly problems: readonly RevocationProblem[];
      readonly needs: readonly RevocationNeed[];
      /** Whether there was a readable CRL that bears the name of the certificate's issuer. */
      readonly crlAtHand: boolean;
    };

/** Takes problems as they are found. */
export type ReportProblem = (code: RevocationProblemCode, message: string) => void;
