import type { JwsAlgorithm } from '../tokens/algorithms.ts';
import { type JsonWebKeySet, KeySet, type VerificationKey } from './jwk-set.ts';
import type { KeySource } from './key-source.ts';

/** Keys that somebody else in the same process keeps; read again whenever a key is not found or `rereadAfterMs` have passed. */
export class LocalKeys implements KeySource {
  readonly available = true;
  readonly #read: () => JsonWebKeySet;
  readonly #clock: () => number;
  readonly #rereadAfterMs: number;
  readonly #keys = new KeySet();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(read: () => JsonWebKeySet, clock: () => number, rereadAfterMs = 1000) {
    this.#read = read;
    this.#clock = clock;
    this.#rereadAfterMs = rereadAfterMs;
  }

  keepFresh(): void {
    if (Math.abs(this.#clock() - this.#readAt) >= this.#rereadAfterMs) this.#reread();
  }

  find(keyId: string | undefined, algorithm: JwsAlgorithm): VerificationKey | undefined {
    const key = this.#keys.find(keyId, algorithm);
    if (key !== undefined) return key;
    this.#reread();
    return this.#keys.find(keyId, algorithm);
  }

  refresh(): undefined {
    return undefined;
  }

  revoked(): void {
    this.#reread();
  }

  async close(): Promise<void> {}

  #reread(): void {
    this.#readAt = this.#clock();
    this.#keys.replace(this.#read());
  }
}
