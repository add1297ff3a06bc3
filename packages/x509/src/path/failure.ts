import type { Certificate } from '../certificates/certificate.ts';

/** Why a path, or a certificate of it, was refused. Codes are stable; a retired one is never reused. */
export type PathFailureCode =
  // building
  | 'no_path'
  | 'signature_invalid'
  | 'depth_exceeded'
  | 'budget_exhausted'
  // one certificate
  | 'certificate_malformed'
  | 'expired'
  | 'not_yet_valid'
  | 'unknown_critical_extension'
  | 'algorithm_mismatch'
  | 'algorithm_weak'
  | 'algorithm_unsupported'
  | 'key_weak'
  | 'key_unsupported'
  | 'not_a_ca'
  | 'key_usage_missing_cert_sign'
  | 'key_usage_mismatch'
  | 'purpose_mismatch'
  | 'version_invalid'
  | 'serial_invalid'
  | 'issuer_empty'
  | 'subject_empty'
  | 'extension_criticality'
  | 'extension_missing'
  | 'extension_forbidden'
  | 'extension_inconsistent'
  | 'validity_invalid'
  // the path as a whole
  | 'path_length_exceeded'
  | 'name_constraint_violated'
  | 'name_constraint_unsupported'
  | 'policy_not_acceptable'
  | 'policy_mapping_invalid'
  // the name that was asked for
  | 'name_mismatch'
  // revocation
  | 'revoked'
  | 'revocation_unknown';

/** One reason why a path was refused. */
export interface PathFailure {
  readonly code: PathFailureCode;
  /** What it is about; absent where it is about no certificate (or one that could not be read). */
  readonly certificate?: Certificate;
  /** Place in the path: 0 is the leaf. */
  readonly depth?: number;
  /** The rule that was broken, such as `RFC 5280 §6.1.3`. */
  readonly rule: string;
  /** For a person. Holds no secrets; never to be parsed. */
  readonly message: string;
  /** The values that were compared, by name. */
  readonly values?: Readonly<Record<string, string | number>>;
}

type Values = Readonly<Record<string, string | number>>;

/** Takes the failures of one certificate as they are found. Values that are dear to write are given as a function, called for what is told alone. */
export type Report = (
  code: PathFailureCode,
  rule: string,
  message: string,
  values?: Values | (() => Values),
) => void;

const MAX_TEXT = 256;

/** A text of a certificate for {@link PathFailure.values}, cut off where it is absurdly long. */
export function shortened(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
