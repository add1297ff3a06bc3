export type FetchErrorCode =
  /** Not an absolute URL, or one with a user name or password. */
  | 'url_invalid'
  /** Neither https nor an admitted http. */
  | 'scheme_refused'
  /** The host is, or leads to, an address that is not public and not configured. */
  | 'address_refused'
  | 'connect_failed'
  | 'name_unresolved'
  /** A server that was connected to made no TLS handshake. */
  | 'tls_failed'
  | 'timeout'
  | 'too_many_redirects'
  /** A redirect without a usable location. */
  | 'redirect_invalid'
  /** The final answer is not 200. */
  | 'status_unexpected'
  | 'too_large'
  | 'encoding_unsupported'
  | 'json_invalid';

/** Why a fetch failed. The message names the host and holds nothing of the answer's body. */
export class FetchError extends Error {
  readonly code: FetchErrorCode;

  constructor(code: FetchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FetchError';
    this.code = code;
  }
}
