import { Delivery, type Event, type EventHandler, type Feed } from '../events/index.ts';
import type { CommittedEvents } from './acts.ts';
import type { Database } from './database.ts';
import type { EventErrorHandler } from './postgres-feed.ts';
import { eventsAfter } from './queries/events.ts';

/** The feed where one process has the database: what it commits is all there is, and is delivered at once. */
export class SqliteFeed implements Feed, CommittedEvents {
  readonly #database: Database;
  readonly #clock: () => number;
  readonly #delivery: Delivery;

  private constructor(database: Database, clock: () => number, delivery: Delivery) {
    this.#database = database;
    this.#clock = clock;
    this.#delivery = delivery;
  }

  static async open(
    database: Database,
    clock: () => number,
    onError: EventErrorHandler,
  ): Promise<SqliteFeed> {
    const [row] = await database.all<{ highest: number | null }>(
      'SELECT max(sequence) AS highest FROM events',
    );
    return new SqliteFeed(database, clock, new Delivery({ highest: row?.highest ?? 0, gaps: [] }, onError));
  }

  get position(): number {
    return this.#delivery.position;
  }

  get highest(): number {
    return this.#delivery.highest;
  }

  get lastCaughtUpAt(): number {
    return this.#clock();
  }

  subscribe(name: string, handler: EventHandler): () => void {
    return this.#delivery.subscribe(name, handler);
  }

  delivered(sequence: number): Promise<void> {
    return this.#delivery.delivered(sequence);
  }

  read(after: number, limit: number): Promise<Event[]> {
    return eventsAfter(this.#database, after, limit);
  }

  committed(events: readonly Event[]): void {
    for (const event of events) this.#delivery.deliver(event);
  }

  async close(): Promise<void> {}
}
