import { AcmeError } from './acme-error.ts';

export interface RateLimit {
  readonly count: number;
  readonly windowSeconds: number;
}

/** Per process; counted in memory, so that being refused costs nothing. */
export interface RateLimitSettings {
  /** By address of the peer. */
  readonly newAccount: RateLimit;
  /** By account. */
  readonly newOrder: RateLimit;
  /** Failed validations, by account and identifier. */
  readonly failedValidation: RateLimit;
  /** Keys for accounts that a client takes for itself, by client. */
  readonly ownExternalKey: RateLimit;
}

export const defaultRateLimits: RateLimitSettings = {
  newAccount: { count: 300, windowSeconds: 3600 },
  newOrder: { count: 1500, windowSeconds: 3600 },
  failedValidation: { count: 20, windowSeconds: 3600 },
  ownExternalKey: { count: 60, windowSeconds: 3600 },
};

/** How many counters are kept; past it, the oldest are forgotten. */
const maximumCounters = 50_000;

/** Fixed windows that begin with the first count. */
export class RateLimits {
  readonly #settings: RateLimitSettings;
  readonly #clock: () => number;
  readonly #windows = new Map<string, { endsAt: number; count: number }>();

  constructor(settings: RateLimitSettings, clock: () => number) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Counts one. Throws AcmeError `rateLimited` if there were enough already. */
  take(kind: keyof RateLimitSettings, key: string): void {
    this.check(kind, key);
    this.count(kind, key);
  }

  count(kind: keyof RateLimitSettings, key: string): void {
    const name = `${kind} ${key}`;
    const now = this.#clock();
    const known = this.#windows.get(name);
    if (known !== undefined && known.endsAt > now) {
      known.count += 1;
      return;
    }
    this.#windows.delete(name);
    this.#windows.set(name, { endsAt: now + this.#settings[kind].windowSeconds * 1000, count: 1 });
    if (this.#windows.size > maximumCounters) {
      for (const oldest of this.#windows.keys()) {
        this.#windows.delete(oldest);
        break;
      }
    }
  }

  /** Throws AcmeError `rateLimited` if there were enough already. */
  check(kind: keyof RateLimitSettings, key: string): void {
    const window = this.#windows.get(`${kind} ${key}`);
    const now = this.#clock();
    if (window === undefined || window.endsAt <= now || window.count < this.#settings[kind].count) return;
    throw new AcmeError('rateLimited', 'There were too many requests of this kind.', {
      retryAfterSeconds: Math.ceil((window.endsAt - now) / 1000),
    });
  }
}
