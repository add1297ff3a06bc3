/** A signed answer that serves everyone who asks the same until it is signed again. Times are epoch milliseconds. */
export interface SignedAnswer {
  readonly body: Buffer;
  /** For conditional requests; quoted. */
  readonly etag: string;
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** From when on another one is to be signed. */
  readonly signAgainAt: number;
  readonly authorityId: string;
  readonly fingerprint256: string;
  readonly clientId: string | undefined;
  /** False once the certificate was revoked or released after it was signed: never served again. */
  current: boolean;
}

/**
 * Signed answers, by certificate and by the very octets of the requests that they answer, so that a repeated request is neither parsed
 * nor looked up. Bounded; the oldest go first.
 */
export class SignedAnswers {
  readonly #limit: number;
  readonly #byCertificate = new Map<string, SignedAnswer>();
  readonly #byRequest = new Map<string, SignedAnswer>();
  readonly #byFingerprint = new Map<string, Set<SignedAnswer>>();

  /** `limit`: how many certificates, and how many different requests, are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  ofRequest(request: string): SignedAnswer | undefined {
    return this.#byRequest.get(request);
  }

  ofCertificate(key: string): SignedAnswer | undefined {
    return this.#byCertificate.get(key);
  }

  addRequest(request: string, answer: SignedAnswer): void {
    this.#byRequest.delete(request);
    this.#byRequest.set(request, answer);
    if (this.#byRequest.size > this.#limit) this.#byRequest.delete(oldestOf(this.#byRequest));
  }

  add(key: string, answer: SignedAnswer): void {
    this.#forget(key);
    this.#byCertificate.set(key, answer);
    const same = this.#byFingerprint.get(answer.fingerprint256);
    if (same === undefined) this.#byFingerprint.set(answer.fingerprint256, new Set([answer]));
    else same.add(answer);
    if (this.#byCertificate.size > this.#limit) this.#forget(oldestOf(this.#byCertificate));
  }

  endCertificate(fingerprint256: string): void {
    for (const answer of this.#byFingerprint.get(fingerprint256) ?? []) answer.current = false;
  }

  endClient(clientId: string): void {
    for (const answer of this.#byCertificate.values()) {
      if (answer.clientId === clientId) answer.current = false;
    }
  }

  endAll(): void {
    for (const answer of this.#byCertificate.values()) answer.current = false;
    this.#byCertificate.clear();
    this.#byRequest.clear();
    this.#byFingerprint.clear();
  }

  /** What was put out of its place is not served by its requests either, so that no news can miss it. */
  #forget(key: string): void {
    const answer = this.#byCertificate.get(key);
    if (answer === undefined) return;
    answer.current = false;
    this.#byCertificate.delete(key);
    const same = this.#byFingerprint.get(answer.fingerprint256);
    same?.delete(answer);
    if (same?.size === 0) this.#byFingerprint.delete(answer.fingerprint256);
  }
}

function oldestOf(map: ReadonlyMap<string, unknown>): string {
  const [oldest] = map.keys();
  return oldest!;
}
