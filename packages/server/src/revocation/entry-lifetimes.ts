/**
 * How much longer an entry stays than the last thing it could kill: clocks differ, verifiers allow leeway, and a
 * node of the server that had not yet heard of the act may have signed a last token.
 */
export const entryMarginSeconds = 600;

/** How long tokens and certificates can outlive an act, and so how long its denylist entries must stay. */
export class EntryLifetimes {
  readonly #maximumAccessTokenLifetimeMs: number;

  /** `maximumAccessTokenLifetimeSeconds`: no token may ever be given a longer life than this. */
  constructor(maximumAccessTokenLifetimeSeconds: number) {
    this.#maximumAccessTokenLifetimeMs = maximumAccessTokenLifetimeSeconds * 1000;
  }

  /** When the last token that was signed by `now` has expired everywhere. Epoch milliseconds. */
  tokensSignedBy(now: number): number {
    return now + this.#maximumAccessTokenLifetimeMs + entryMarginSeconds * 1000;
  }

  /** When neither a certificate with this end nor a token obtained with it by `now` is alive. Epoch milliseconds. */
  certificate(notAfter: number, now: number): number {
    return Math.max(notAfter + entryMarginSeconds * 1000, this.tokensSignedBy(now));
  }

  /** When a token that ends at `expiresAt` has expired everywhere. Epoch milliseconds. */
  token(expiresAt: number): number {
    return expiresAt + entryMarginSeconds * 1000;
  }
}
