import { Denylist } from '@mortise/resource-server';
import type { Event, Feed } from '../events/index.ts';
import { DenylistRows } from './denylist-rows.ts';
import type { RevocationStore } from './store.ts';

export interface DenylistFollowerOptions {
  readonly store: Pick<RevocationStore, 'denylist' | 'deleteExpired'>;
  readonly feed: Feed;
  readonly clock: () => number;
  /** How old the newest knowledge may be before this process must not decide any more. */
  readonly stalenessLimitSeconds: number;
}

/**
 * The denylist in memory: the stored one at start, and then each event of the feed as it is delivered. Knows how
 * old its knowledge is.
 */
export class DenylistFollower {
  readonly denylist = new Denylist();
  readonly rows = new DenylistRows();
  readonly #options: DenylistFollowerOptions;
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #unsubscribe: () => void;
  /** Events delivered while the stored list is being read; undefined from then on. */
  #early: Event[] | undefined = [];

  private constructor(options: DenylistFollowerOptions) {
    this.#options = options;
    this.#unsubscribe = options.feed.subscribe('denylist', (event) => {
      if (this.#early === undefined) this.#take(event);
      else this.#early.push(event);
    });
  }

  /** Subscribes before it reads, so that nothing falls between the two. */
  static async open(options: DenylistFollowerOptions): Promise<DenylistFollower> {
    const follower = new DenylistFollower(options);
    try {
      for (const { entry, clientId } of await options.store.denylist()) {
        follower.rows.apply({ add: [entry] }, clientId);
        follower.denylist.apply({ add: [entry] });
      }
    } catch (error) {
      follower.close();
      throw error;
    }
    const early = follower.#early ?? [];
    follower.#early = undefined;
    // What the stored list already held is applied again: in order, that ends in the same state.
    for (const event of early) follower.#take(event);
    return follower;
  }

  /** The highest sequence among the acts that the list holds, those that were there at the start included. */
  get highestSequence(): number {
    return this.#options.feed.highest;
  }

  /** Up to which position of the feed nothing is missing. */
  get position(): number {
    return this.#options.feed.position;
  }

  /** How old the newest knowledge is, in milliseconds. */
  get lagMs(): number {
    return Math.max(0, this.#options.clock() - this.#options.feed.lastCaughtUpAt);
  }

  /** Past the limit: whoever would decide by this list must refuse. */
  isStale(): boolean {
    return this.lagMs > this.#options.stalenessLimitSeconds * 1000;
  }

  /** Called with each event after the list holds its news, in the order of delivery. Returns the way to stop it. */
  onEvent(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Drops the entries that have nothing left to kill, here and in the store. */
  async prune(): Promise<void> {
    const now = this.#options.clock();
    this.denylist.prune(now);
    this.rows.prune(now);
    await this.#options.store.deleteExpired(now);
  }

  close(): void {
    this.#unsubscribe();
    this.#listeners.clear();
  }

  #take(event: Event): void {
    if (event.denylist !== undefined) {
      this.rows.apply(event.denylist, event.clientId);
      this.denylist.apply(event.denylist);
    }
    for (const listener of this.#listeners) listener(event);
  }
}
