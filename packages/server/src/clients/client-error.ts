export type ClientErrorCode =
  /** A member of the metadata is unknown, of the wrong form, or contradicts another; RFC 7591 §3.2.2 `invalid_client_metadata`. */
  | 'metadata_invalid'
  | 'client_exists'
  | 'client_unknown'
  /** Revocation is final. */
  | 'client_revoked'
  /** Suspending what is suspended, resuming what is not. */
  | 'status_conflict'
  /** Another client owns this matcher under one of these anchors, or the name in it is made from another client's id. */
  | 'matcher_taken'
  /** Another client owns this certificate. */
  | 'certificate_taken'
  | 'certificate_invalid'
  | 'credential_unknown'
  | 'credential_revoked'
  /** The client's method does not use credentials of this kind. */
  | 'method_mismatch'
  /** More of something than a client may have. */
  | 'limit_reached'
  | 'resource_exists'
  | 'resource_unknown'
  /** Others kept changing the same record; nothing was changed. */
  | 'contention';

/**
 * Why an act on a client or resource was refused. `member` names the metadata member at fault, in the words of
 * RFC 7591; the message is for the administrator and holds no secret.
 */
export class ClientError extends Error {
  readonly code: ClientErrorCode;
  readonly member: string | undefined;

  constructor(code: ClientErrorCode, message: string, member?: string) {
    super(message);
    this.name = 'ClientError';
    this.code = code;
    this.member = member;
  }
}

/** The refusal of one metadata member. */
export function invalidMember(member: string, message: string): ClientError {
  return new ClientError('metadata_invalid', `${member}: ${message}`, member);
}
