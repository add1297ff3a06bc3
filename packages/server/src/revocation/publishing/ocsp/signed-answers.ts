import { createHash } from 'node:crypto';

/** A signed answer that serves everyone who asks the same until it is signed again. Times are epoch milliseconds. */
export class SignedAnswer {
  /** The DER as text of one character an octet, which Node writes in one piece with the head. */
  readonly octets: string;
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

  constructor(
    body: Buffer,
    about: Pick<SignedAnswer, 'authorityId' | 'fingerprint256' | 'clientId' | 'current'>,
    times: Pick<SignedAnswer, 'thisUpdate' | 'nextUpdate' | 'signAgainAt'>,
  ) {
    this.octets = body.toString('latin1');
    this.etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
    this.thisUpdate = times.thisUpdate;
    this.nextUpdate = times.nextUpdate;
    this.signAgainAt = times.signAgainAt;
    this.authorityId = about.authorityId;
    this.fingerprint256 = about.fingerprint256;
    this.clientId = about.clientId;
    this.current = about.current;
  }

  /** DER. */
  get body(): Buffer {
    return Buffer.from(this.octets, 'latin1');
  }

  /** Others may be given it too. */
  get shared(): this {
    return this;
  }
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
