/** Stable codes; callers switch on these and never on the message. */
export type ResourceServerErrorCode =
  /** An option is missing, has the wrong type or lies outside its bounds. */
  | 'configuration_invalid'
  /** The authorization server could not be reached, or answered with another status than 200. */
  | 'server_unreachable'
  /** The authorization server's metadata or key set is malformed, too large, or names another issuer. */
  | 'server_response_invalid'
  /** The revocation feed sent what is no feed, or more than the bounds allow. */
  | 'feed_invalid'
  /** The resource server has been closed. */
  | 'closed';

/** What this library throws. Holds no token, key or secret. */
export class ResourceServerError extends Error {
  override readonly name = 'ResourceServerError';
  readonly code: ResourceServerErrorCode;

  constructor(code: ResourceServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
