import type { Event } from './event.ts';
import type { EventHandler } from './feed.ts';

interface Subscriber {
  readonly name: string;
  readonly handler: EventHandler;
}

/**
 * Hands events to the subscribers of this process, each once. It delivers what it is given and keeps the numbers
 * between open, because their transactions may commit later; none waits for another.
 */
export class Delivery {
  readonly #onError: (subscriber: string, event: Event, error: unknown) => void;
  readonly #subscribers = new Set<Subscriber>();
  readonly #waiting = new Map<number, (() => void)[]>();
  /** Numbers below `#highest` which were not delivered yet. */
  readonly #gaps = new Set<number>();
  #highest: number;
  #position: number;
  #ended = false;

  /** `position`: everything up to it is final. `highest` and `gaps`: what was there already, and what was not. */
  constructor(
    start: { readonly highest: number; readonly gaps: readonly number[] },
    onError: (subscriber: string, event: Event, error: unknown) => void,
  ) {
    this.#onError = onError;
    this.#highest = start.highest;
    for (const gap of start.gaps) this.#gaps.add(gap);
    this.#position = this.#contiguous();
  }

  get position(): number {
    return this.#position;
  }

  /** The highest sequence delivered. */
  get highest(): number {
    return this.#highest;
  }

  /** The numbers below `highest` whose events may still come. */
  get gaps(): ReadonlySet<number> {
    return this.#gaps;
  }

  subscribe(name: string, handler: EventHandler): () => void {
    const subscriber = { name, handler };
    this.#subscribers.add(subscriber);
    return () => {
      this.#subscribers.delete(subscriber);
    };
  }

  isDelivered(sequence: number): boolean {
    return sequence <= this.#highest && !this.#gaps.has(sequence);
  }

  /** Delivers it to everyone, unless it was before. */
  deliver(event: Event): void {
    if (this.isDelivered(event.sequence)) return;
    for (let missing = this.#highest + 1; missing < event.sequence; missing += 1) this.#gaps.add(missing);
    this.#gaps.delete(event.sequence);
    this.#highest = Math.max(this.#highest, event.sequence);
    this.#position = this.#contiguous();
    for (const { name, handler } of this.#subscribers) {
      try {
        handler(event);
      } catch (error) {
        this.#onError(name, event, error);
      }
    }
    this.#wake(event.sequence);
  }

  /** Its transaction was rolled back: nothing will ever come. */
  closeGap(sequence: number): void {
    if (!this.#gaps.delete(sequence)) return;
    this.#position = this.#contiguous();
    this.#wake(sequence);
  }

  delivered(sequence: number): Promise<void> {
    if (this.#ended || this.isDelivered(sequence)) return Promise.resolve();
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(sequence);
      if (waiting === undefined) this.#waiting.set(sequence, [resolve]);
      else waiting.push(resolve);
    });
  }

  /** Nothing more will be delivered, so nobody waits for it any longer. */
  end(): void {
    this.#ended = true;
    for (const sequence of [...this.#waiting.keys()]) this.#wake(sequence);
  }

  #wake(sequence: number): void {
    for (const resolve of this.#waiting.get(sequence) ?? []) resolve();
    this.#waiting.delete(sequence);
  }

  /** Gaps are added in ascending order, so the first is the lowest. */
  #contiguous(): number {
    for (const lowest of this.#gaps) return lowest - 1;
    return this.#highest;
  }
}
