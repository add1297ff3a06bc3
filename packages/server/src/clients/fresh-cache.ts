interface Fill<Value> {
  readonly value: Promise<Value | undefined>;
  /** Something about the key changed while it was being read: what comes back is not kept. */
  outdated: boolean;
}

/**
 * A bounded cache in front of a store, to be told of every change. Holds at most `capacity` values: two
 * generations of half of that; a hit in the older one moves to the younger, and when the younger is full the
 * older is forgotten. Absence is remembered for at most `absentCapacity` keys, so that unknown names cost the
 * store little and memory less.
 */
export class FreshCache<Value extends object> {
  readonly #load: (key: string) => Promise<Value | undefined>;
  readonly #generationSize: number;
  readonly #absentCapacity: number;
  readonly #fills = new Map<string, Fill<Value>>();
  readonly #absent = new Set<string>();
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  constructor(options: {
    readonly load: (key: string) => Promise<Value | undefined>;
    readonly capacity: number;
    readonly absentCapacity: number;
  }) {
    this.#load = options.load;
    this.#generationSize = Math.max(1, Math.floor(options.capacity / 2));
    this.#absentCapacity = options.absentCapacity;
  }

  /** Values in memory. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The value if it is in memory. */
  peek(key: string): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) {
      this.#old.delete(key);
      this.#keep(key, old);
    }
    return old;
  }

  /** The value, from memory or the store. One read at a time for a key; a failed read is not remembered. */
  async get(key: string): Promise<Value | undefined> {
    const kept = this.peek(key);
    if (kept !== undefined || this.#absent.has(key)) return kept;
    return (this.#fills.get(key) ?? this.#fill(key)).value;
  }

  /** Forgets what is known of a key; a read under way is answered but not kept. */
  drop(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
    this.#absent.delete(key);
    const fill = this.#fills.get(key);
    if (fill !== undefined) fill.outdated = true;
    this.#fills.delete(key);
  }

  /** Forgets everything. */
  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#absent.clear();
    for (const fill of this.#fills.values()) fill.outdated = true;
    this.#fills.clear();
  }

  #fill(key: string): Fill<Value> {
    const fill: Fill<Value> = {
      outdated: false,
      value: this.#load(key).then(
        (value) => {
          if (!fill.outdated) {
            this.#fills.delete(key);
            if (value === undefined) this.#keepAbsent(key);
            else this.#keep(key, value);
          }
          return value;
        },
        (error: unknown) => {
          if (!fill.outdated) this.#fills.delete(key);
          throw error;
        },
      ),
    };
    this.#fills.set(key, fill);
    return fill;
  }

  #keep(key: string, value: Value): void {
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  #keepAbsent(key: string): void {
    if (this.#absentCapacity === 0) return;
    if (this.#absent.size >= this.#absentCapacity) {
      this.#absent.delete(this.#absent.values().next().value!);
    }
    this.#absent.add(key);
  }
}
