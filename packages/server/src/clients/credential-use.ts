import type { CredentialUseStore } from './store.ts';
import { UseCounts } from './use-counts.ts';

export interface CredentialUseOptions {
  readonly store: Pick<CredentialUseStore, 'record'>;
  readonly clock: () => number;
  /** Called with what went wrong in a flush; its counts are kept for the next. */
  readonly onError: (error: unknown) => void;
  /** Default 1000. */
  readonly flushIntervalMs?: number;
  /** Most (credential, thumbprint, scope) waiting at a time; default 20,000. New ones beyond are only counted in `dropped`. */
  readonly capacity?: number;
}

export interface CredentialUsed {
  readonly clientId: string;
  readonly credentialId: string;
  /** `x5t#S256` of the certificate of the connection, if there was one. */
  readonly thumbprint?: string | undefined;
  /** As granted, space-separated. */
  readonly scope: string;
  /** End of the token that was given, epoch milliseconds. */
  readonly tokenEndsAt?: number;
}

/**
 * Counts the use of credentials in memory and writes the counts once a second, so that the token path writes
 * nothing. A crash loses at most what was counted since the last flush.
 */
export class CredentialUse {
  readonly #store: Pick<CredentialUseStore, 'record'>;
  readonly #clock: () => number;
  readonly #onError: (error: unknown) => void;
  readonly #capacity: number;
  readonly #timer: NodeJS.Timeout;
  #waiting = new UseCounts();
  #flushing: Promise<void> | undefined;
  #dropped = 0;

  constructor(options: CredentialUseOptions) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#onError = options.onError;
    this.#capacity = options.capacity ?? 20_000;
    this.#timer = setInterval(() => void this.flush(), options.flushIntervalMs ?? 1000).unref();
  }

  /** Uses that found no room since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  record({ clientId, credentialId, thumbprint = '', scope, tokenEndsAt = 0 }: CredentialUsed): void {
    const now = this.#clock();
    const count = this.#waiting.get({ credentialId, thumbprint, scope });
    if (count !== undefined) {
      count.count += 1;
      count.lastUsedAt = now;
      if (tokenEndsAt > (count.tokensEndAt ?? 0)) count.tokensEndAt = tokenEndsAt;
    } else if (this.#waiting.size < this.#capacity) {
      const tokens = tokenEndsAt === 0 ? undefined : { tokensEndAt: tokenEndsAt };
      this.#waiting.add({ clientId, credentialId, thumbprint, scope, lastUsedAt: now, count: 1, ...tokens });
    } else {
      this.#dropped += 1;
    }
  }

  /** Writes what waits; one flush at a time, and a call during one waits for that. Never rejects. */
  flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  /** Stops the timer and writes the last counts, also those that came in during a flush. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#flushing;
    await this.flush();
  }

  async #write(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const writing = this.#waiting;
    this.#waiting = new UseCounts();
    try {
      await this.#store.record(writing.all());
    } catch (error) {
      this.#putBack(writing);
      this.#onError(error);
    }
  }

  #putBack(unwritten: UseCounts): void {
    for (const count of unwritten.all()) {
      const later = this.#waiting.get(count);
      if (later !== undefined) {
        later.count += count.count;
        if (later.tokensEndAt === undefined && count.tokensEndAt !== undefined)
          later.tokensEndAt = count.tokensEndAt;
      } else if (this.#waiting.size < this.#capacity) this.#waiting.add(count);
      else this.#dropped += count.count;
    }
  }
}
