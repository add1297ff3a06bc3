/** What the HTTP edge hands over. */
export interface AcmeRequest {
  readonly method: string;
  /** Below `/acme/`, as sent, without query: `<profile>/directory`. */
  readonly path: string;
  /** Without the question mark; `''` for none. */
  readonly query: string;
  readonly contentType: string | undefined;
  /** Media types that the client takes; absent: any. */
  readonly accept: string | undefined;
  /** Undefined: it was larger than the limit, and not read. */
  readonly body: Buffer | undefined;
  readonly remoteAddress: string;
}

export interface AcmeResponse {
  readonly status: number;
  /** Several values are several header fields. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}
