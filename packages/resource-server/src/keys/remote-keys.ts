import { performance } from 'node:perf_hooks';
import { asServerError } from '../errors.ts';
import type { ResourceServerEvent } from '../events.ts';
import type { JwsAlgorithm } from '../tokens/algorithms.ts';
import { KeySet, type VerificationKey } from './jwk-set.ts';
import type { KeySource } from './key-source.ts';

export interface RemoteKeysOptions {
  /** Fetches the JWK Set, already bounded in size and time. */
  readonly fetchKeys: () => Promise<unknown>;
  /** Named in the log. */
  readonly issuer: string;
  /** The set is fetched again in the background once it is older. */
  readonly refreshAfterMs: number;
  /** Unknown key ids cause at most one fetch in this time, counted from the end of the last one. */
  readonly cooldownMs: number;
  readonly log: (event: ResourceServerEvent) => void;
  /** Milliseconds from any start, never running backwards. Default: `performance.now`. */
  readonly monotonicClock?: () => number;
}

/** After a failed fetch the next one waits at most this long, so that an early outage does not last longer than it must. */
const retryAfterFailureMs = 1000;

/**
 * The issuer's published keys. Fetched on first use, refreshed in the background, and again when an unknown `kid` comes by, though not
 * more often than the cool-down allows. While the issuer is away the last good set stays in use.
 */
export class RemoteKeys implements KeySource {
  readonly #options: RemoteKeysOptions;
  readonly #now: () => number;
  readonly #keys = new KeySet();
  #available = false;
  #notBefore = Number.NEGATIVE_INFINITY;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;
  #closed = false;

  constructor(options: RemoteKeysOptions) {
    this.#options = options;
    this.#now = options.monotonicClock ?? (() => performance.now());
  }

  get available(): boolean {
    return this.#available;
  }

  keepFresh(): void {
    if (this.#now() - this.#fetchedAt >= this.#options.refreshAfterMs) void this.refresh();
  }

  find(keyId: string | undefined, algorithm: JwsAlgorithm): VerificationKey | undefined {
    return this.#keys.find(keyId, algorithm);
  }

  refresh(): Promise<void> | undefined {
    if (this.#fetching !== undefined) return this.#fetching;
    if (this.#closed || this.#now() < this.#notBefore) return undefined;
    this.#fetching = this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  revoked(keyId: string): void {
    void this.#replaceRevoked(keyId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#fetching;
  }

  async #replaceRevoked(keyId: string): Promise<void> {
    // What is on its way may have been read before the key was revoked.
    await this.#fetching;
    if (!this.#keys.has(keyId)) return;
    this.#notBefore = Number.NEGATIVE_INFINITY;
    await this.refresh();
  }

  async #fetch(): Promise<void> {
    try {
      this.#keys.replace(await this.#options.fetchKeys());
      this.#available = true;
      this.#fetchedAt = this.#now();
      this.#notBefore = this.#fetchedAt + this.#options.cooldownMs;
      this.#options.log({ type: 'keys_fetched', keys: this.#keys.size });
    } catch (error) {
      this.#notBefore = this.#now() + Math.min(this.#options.cooldownMs, retryAfterFailureMs);
      this.#options.log({ type: 'keys_fetch_failed', error: asServerError(error, this.#options.issuer) });
    }
  }
}
