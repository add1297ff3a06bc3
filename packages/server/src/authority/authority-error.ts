export type AuthorityErrorCode =
  | 'client_unknown'
  /** Suspended or revoked: it gets no new certificate. */
  | 'client_not_active'
  /** The profile issues to clients alone, and none was named. */
  | 'client_required'
  /** The request is not PKCS #10 in DER or PEM. */
  | 'csr_invalid'
  /** The request is not signed with the key that it asks to be certified. */
  | 'csr_signature_invalid'
  /** The request asks to become an authority. */
  | 'csr_asks_for_ca'
  /** The request asks for a name that this certificate will not hold. */
  | 'csr_name_not_allowed'
  /** The request asks for a subject that this certificate will not have. */
  | 'csr_subject_not_allowed'
  | 'key_weak'
  /** A kind of key that is never certified. */
  | 'key_unsupported'
  /** Both a request and a kind of key to generate were given, or a key that is an authority's own or known to be compromised. */
  | 'key_not_allowed'
  /** No name was given for a certificate that has to have some, or one that it cannot hold. */
  | 'names_invalid'
  /** Names were given for a profile whose names come from the client's record. */
  | 'names_not_allowed'
  | 'lifetime_out_of_bounds'
  /** There is no profile of that name. */
  | 'profile_unknown'
  | 'profile_exists'
  /** Its document is wrong; `member` says where. */
  | 'profile_invalid'
  /** It stands in the configuration, and is changed there. */
  | 'profile_configured'
  /** A kind of key that the profile does not allow. */
  | 'key_type_not_allowed'
  /** A name that no pattern of the profile allows, or that name constraints exclude. */
  | 'name_not_allowed'
  /** A copy, signed with a key that nobody trusts, has faults; `values` are their codes. */
  | 'lint_failed'
  | 'authority_exists'
  | 'authority_name_invalid'
  /** More than rules can hold. */
  | 'rules_invalid'
  /** A certificate or a chain that cannot be taken; the message says why. */
  | 'import_invalid'
  /** A signed certificate that was not asked for. */
  | 'request_unknown'
  /** A private key that is malformed, or encrypted under another passphrase. */
  | 'key_unreadable'
  | 'passphrase_weak'
  /** A file that is no request for a CRL, or one of another root. */
  | 'crl_request_invalid'
  /** A file that is no request for the successor of a root, or one of another root. */
  | 'rollover_request_invalid'
  /** There is no authority of that name. */
  | 'authority_unknown'
  /** The rules of the authorities let none of them issue that. */
  | 'authority_not_allowed'
  /** Every intermediate is revoked or at its end. */
  | 'no_active_authority'
  /** Others kept adding authorities. Trying again is right. */
  | 'contended'
  /** Its stored key cannot be opened, or is not the key of its certificate. */
  | 'authority_key_unusable'
  /** The PKCS #11 token with its key is absent, refuses the PIN, or failed: `values` has the Pkcs11ErrorCode. */
  | 'token_unusable'
  /** What names a key on a PKCS #11 token is no URI of one (RFC 7512). */
  | 'token_uri_invalid'
  /** A place was named for a key that is not made. */
  | 'key_place_invalid'
  /** A key on a PKCS #11 token, where no module is configured. */
  | 'token_module_missing';

/** Why the authority did not do it; no certificate was issued then. The message names names, never keys; `values` are those that were refused. */
export class AuthorityError extends Error {
  readonly code: AuthorityErrorCode;
  readonly values: readonly string[];
  /** The member of a document that is at fault. */
  readonly member: string | undefined;

  constructor(code: AuthorityErrorCode, message: string, values: readonly string[] = [], member?: string) {
    super(message);
    this.name = 'AuthorityError';
    this.code = code;
    this.values = values;
    this.member = member;
  }
}
