import type { RenewalInfo } from '../acme/renewal-info.ts';
import { backOffMs } from './back-off.ts';
import { codeOf, type LastError, messageOf, retryAfterOf } from './renewal-status.ts';
import { renewalTime, type Validity } from './renewal-time.ts';

/** How long nobody is asked who does not say when certificates are to be renewed. */
const silentCheckSeconds = 86_400;
/** Whatever a server says, a new certificate is kept this long, or a twelfth of its life: a server that is wrong makes no loop. */
const shortestUseMs = 60_000;

/** When something is to be done about one certificate at a time. Times are epoch milliseconds. */
export class Schedule {
  readonly #clock: () => number;
  readonly #random: () => number;
  #validity: Validity | undefined;
  #earliest = 0;
  #isUnwanted = false;
  /** Drawn once for each certificate. */
  #share = 0;
  #info: RenewalInfo | undefined;
  #checkAt = 0;
  #checkFailures = 0;
  #failures = 0;
  #retryAt = 0;
  #lastError: LastError | undefined;

  constructor(clock: () => number, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The life that is reckoned with. */
  get life(): Validity | undefined {
    return this.#validity;
  }

  get failures(): number {
    return this.#failures;
  }

  get retryAt(): number {
    return this.#retryAt;
  }

  get lastError(): LastError | undefined {
    return this.#lastError;
  }

  get renewalInfo(): RenewalInfo | undefined {
    return this.#info;
  }

  /** When the certificate is to be renewed; undefined where there is none. */
  get renewAt(): number | undefined {
    if (this.#validity === undefined) return undefined;
    if (this.#isUnwanted) return this.#validity.notBefore;
    return Math.max(this.#earliest, renewalTime(this.#validity, this.#info, this.#share));
  }

  /** When to renew, or to try again. */
  get due(): number {
    return this.#failures > 0 ? this.#retryAt : (this.renewAt ?? 0);
  }

  /** When to look again: what is due, or the server to be asked. */
  get lookAt(): number {
    return this.#failures > 0 ? this.#retryAt : Math.min(this.due, this.#checkAt);
  }

  /** Whether it is time to ask the server. */
  get isCheckDue(): boolean {
    return this.#validity !== undefined && this.#failures === 0 && this.#clock() >= this.#checkAt;
  }

  /** Another certificate is in use, with this life; `isNew`: since this moment. */
  begin({ notBefore, notAfter }: Validity, isNew: boolean): void {
    this.#validity = { notBefore, notAfter };
    this.#isUnwanted = false;
    this.#earliest = isNew ? this.#clock() + Math.min(shortestUseMs, (notAfter - notBefore) / 12) : 0;
    this.#share = this.#random();
    this.#info = undefined;
    this.#checkAt = 0;
    this.#checkFailures = 0;
  }

  /** The certificate works and is not the one that is wanted: it is to be replaced now. */
  replaceNow(): void {
    this.#isUnwanted = true;
  }

  /** The server said when, or that it does not say. */
  heard(info: RenewalInfo | undefined): void {
    this.#info = info;
    this.#checkFailures = 0;
    this.#checkAt = this.#clock() + (info?.checkAfterSeconds ?? silentCheckSeconds) * 1000;
  }

  /** The server could not be asked; what it said before stays. Answers when it is asked again. */
  unheard(error: unknown): number {
    this.#checkFailures += 1;
    this.#checkAt = this.#clock() + this.#pauseMs(error, this.#checkFailures);
    return this.#checkAt;
  }

  /** A renewal failed. Answers when it is tried again. */
  failed(error: unknown): number {
    this.#failures += 1;
    this.#retryAt = this.#clock() + this.#pauseMs(error, this.#failures);
    this.#lastError = { at: this.#clock(), code: codeOf(error), message: messageOf(error) };
    return this.#retryAt;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#lastError = undefined;
  }

  #pauseMs(error: unknown, count: number): number {
    const validity = this.#validity;
    return backOffMs({
      count,
      random: this.#random(),
      retryAfterSeconds: retryAfterOf(error),
      lifeMs: validity && validity.notAfter - validity.notBefore,
      leftMs: validity && validity.notAfter - this.#clock(),
    });
  }
}
