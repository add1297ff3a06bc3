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
  /** The key of the root is here, or on a token: its CRLs are made by themselves. */
  | 'root_not_offline'
  /** An authority has several roots that are kept elsewhere: one has to be named by its id. */
  | 'root_ambiguous'
  /** A CRL that cannot be read, or that is not of the form which a root publishes here. */
  | 'crl_invalid'
  /** No root that is kept elsewhere bears the name of the CRL's issuer. */
  | 'crl_issuer_unknown'
  /** It is not signed with the key of its root. */
  | 'crl_signature_invalid'
  /** From the future, past its `nextUpdate`, or beyond the life of its root. */
  | 'crl_times_invalid'
  /** Its number, or its `thisUpdate`, is not above that of the CRL which is published. */
  | 'crl_outdated'
  /** It lacks what is revoked here. */
  | 'crl_incomplete'
  /** It lists an authority that is good here. */
  | 'crl_contradicts'
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
