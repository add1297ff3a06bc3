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

  /** As it stands in a JSON log: with its causes' codes and messages. */
  toJSON(): { code: string; message: string; cause?: string } {
    const { cause } = this;
    return { code: this.code, message: this.message, ...(cause !== undefined && { cause: describe(cause) }) };
  }
}

/** `fetch failed` alone says nothing: its cause does. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}

/** For the log: an error of the transport gets a code too. */
export function asServerError(error: unknown, url: string): ResourceServerError {
  if (error instanceof ResourceServerError) return error;
  return new ResourceServerError('server_unreachable', `no answer from ${url}`, { cause: error });
}
