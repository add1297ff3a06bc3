/**
 * A bounded cache of two generations: an entry that is read while it stands in the older one moves to the younger, and when the younger is
 * half the bound, the older is let go as a whole. What is used stays and what is not leaves, and a hit on a hot entry writes nothing.
 */
export class VerifiedTokenCache<Entry> {
  readonly #generationSize: number;
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();

  /** `maxEntries`: 0 keeps nothing; otherwise at least 2. */
  constructor(maxEntries: number) {
    this.#generationSize = Math.floor(maxEntries / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: string): Entry | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.set(key, old);
    return old;
  }

  set(key: string, entry: Entry): void {
    if (this.#generationSize === 0) return;
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#old.delete(key);
    this.#young.set(key, entry);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
