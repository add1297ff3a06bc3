/** The single use of a signed assertion (RFC 7523 §3, item 7): its `jti`, in the name of the client that issued it. */
export interface AssertionUse {
  readonly clientId: string;
  /** The assertion's `jti` as received; at most 255 characters. */
  readonly jti: string;
  /** Epoch milliseconds after which the assertion is refused for its age, so that its row may be deleted. */
  readonly expiresAt: number;
}

/**
 * The durable memory of which assertions were used, shared by every node over one database.
 * Keys are (clientId, jti): no client can use up another's `jti`.
 */
export interface ReplayGuardStore {
  /**
   * One atomic insert that does nothing on conflict; concurrent calls may share one commit.
   * Resolves after the row is durable: `true` if this call was the first use, `false` if (clientId, jti) is there already.
   * A row whose `expiresAt` has passed may be replaced or still count as seen; both are right, since such an assertion is refused before.
   */
  consume(use: AssertionUse): Promise<boolean>;
  /**
   * Deletes rows whose `expiresAt` passed at least a minute before `now` (epoch milliseconds), because the clock of another node
   * may be behind; resolves with how many went.
   */
  deleteExpired(now: number): Promise<number>;
}
