/** Anti-replay nonces (RFC 8555 §6.5). */
export interface Nonces {
  issue(): string;
  /** Whether it was issued here, not too long ago, and is used for the first time. */
  use(nonce: string): Promise<boolean>;
}
