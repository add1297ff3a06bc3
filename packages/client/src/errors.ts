/** Stable codes; callers switch on these and never on the message. */
export type ClientErrorCode =
  /** An option or an argument is missing, has the wrong type or lies outside its bounds. */
  | 'configuration_invalid'
  /** A connection failed, timed out, or its certificate was not trusted; `cause` says which. */
  | 'server_unreachable'
  /** An answer is malformed or too large, or the metadata is of another issuer. */
  | 'server_response_invalid'
  /** No certificate that the server presented has the pinned fingerprint. */
  | 'anchor_not_presented'
  /** A certificate and its key do not belong together, or cannot be read. */
  | 'credential_invalid'
  /** A folder for a certificate cannot be read or written; `cause` says why. */
  | 'folder_unusable'
  /** The client has been closed. */
  | 'closed';

/** What goes wrong on the way. Holds no token, key or secret. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A refusal of the token endpoint (RFC 6749 §5.2). Holds no token, key or secret. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  /** `error` of the answer, e.g. `invalid_client`, `invalid_scope`, `invalid_target`; callers switch on it. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** `error_description` of the answer, for a person. */
  readonly description: string | undefined;
  /** `Retry-After`, in seconds, where the server sent a number. */
  readonly retryAfterSeconds: number | undefined;

  constructor(answer: {
    code: string;
    status: number;
    description?: string | undefined;
    retryAfterSeconds?: number | undefined;
  }) {
    super(
      `the authorization server refused: ${answer.code}${answer.description === undefined ? '' : ` (${answer.description})`}`,
    );
    this.code = answer.code;
    this.status = answer.status;
    this.description = answer.description;
    this.retryAfterSeconds = answer.retryAfterSeconds;
  }
}
