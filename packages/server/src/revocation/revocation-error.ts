export type RevocationErrorCode =
  | 'client_unknown'
  /** The client is revoked, which is final. */
  | 'client_revoked'
  | 'credential_unknown'
  /** No certificate of that fingerprint was issued or registered here, and no client was named to revoke it for. */
  | 'certificate_unknown'
  /** For good, so that it cannot be released. */
  | 'certificate_revoked'
  | 'authority_unknown'
  /** Not a SHA-256 fingerprint. */
  | 'fingerprint_invalid'
  /** As many tokens of the client are revoked and not expired yet as every node has room for. Trying again later is right. */
  | 'limit_reached'
  /** Others kept changing the same thing. Trying again is right. */
  | 'contended';

/** Why an act of revocation changed nothing. The message holds no secret. */
export class RevocationError extends Error {
  readonly code: RevocationErrorCode;

  constructor(code: RevocationErrorCode, message: string) {
    super(message);
    this.name = 'RevocationError';
    this.code = code;
  }
}
