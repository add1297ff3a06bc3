import pg from 'pg';
import { Delivery, type Event, type EventHandler, type Feed } from '../events/index.ts';
import type { CommittedEvents } from './acts.ts';
import type { Database, Reader } from './database.ts';
import { StorageError } from './errors.ts';
import { postgresSettings, preparedQuery } from './postgres-connection.ts';
import { type EventRow, eventColumns, eventFromRow, eventsAfter } from './queries/events.ts';

export type EventErrorHandler = (subscriber: string, event: Event, error: unknown) => void;

const channel = 'mortise_events';
const pollIntervalMs = 100;
/** A statement that takes longer is taken for a dead connection. */
const queryTimeoutMs = 5_000;
const batch = 1_000;

export interface PostgresFeedOptions {
  readonly url: string;
  readonly database: Database;
  readonly clock: () => number;
  readonly onError: EventErrorHandler;
  /** Hears once each time that the connection is lost, and when it is back (`undefined`). */
  readonly onConnection: (error: unknown) => void;
}

/**
 * The feed over a database that several nodes share. On a connection of its own it is woken by NOTIFY, which goes out
 * after commits, several at once; and it looks every 100 ms, should one be lost. A number whose transaction is still
 * open is asked for again until it is there, or until every transaction that could have drawn it has ended.
 */
export class PostgresFeed implements Feed, CommittedEvents {
  readonly #options: PostgresFeedOptions;
  readonly #timer: NodeJS.Timeout;
  #client: pg.Client | undefined;
  #delivery: Delivery;
  /** Gap → the transaction number below which its owner must be. */
  readonly #horizons = new Map<number, number>();
  #lastCaughtUpAt: number;
  #notify = false;
  #wanted = false;
  #running: Promise<void> | undefined;
  #reportedLost = false;
  #reportedRollback = false;
  /** The event with the highest sequence that was seen, which no later state of the database can lack. */
  #newest: Newest | undefined;
  #closed = false;

  private constructor(
    options: PostgresFeedOptions,
    client: pg.Client,
    delivery: Delivery,
    newest: Newest | undefined,
    at: number,
  ) {
    this.#newest = newest;
    this.#options = options;
    this.#client = client;
    this.#delivery = delivery;
    this.#lastCaughtUpAt = at;
    this.#timer = setInterval(() => this.#wake(), pollIntervalMs);
    this.#timer.unref();
  }

  static async open(options: PostgresFeedOptions): Promise<PostgresFeed> {
    const at = options.clock();
    const client = await connect(options.url);
    const reader = readerOn(client);
    const delivery = new Delivery(await whatIsThere(reader), options.onError);
    const newest = await eventAt(reader, delivery.highest);
    const feed = new PostgresFeed(options, client, delivery, newest, at);
    feed.#attend(client);
    return feed;
  }

  get position(): number {
    return this.#delivery.position;
  }

  get highest(): number {
    return this.#delivery.highest;
  }

  get lastCaughtUpAt(): number {
    return this.#lastCaughtUpAt;
  }

  subscribe(name: string, handler: EventHandler): () => void {
    return this.#delivery.subscribe(name, handler);
  }

  delivered(sequence: number): Promise<void> {
    return this.#delivery.delivered(sequence);
  }

  read(after: number, limit: number): Promise<Event[]> {
    return eventsAfter(this.#options.database, after, limit);
  }

  /**
   * Delivers through a look at the database, not directly: what other nodes committed before on the same objects has to
   * be delivered first; and a look tells whether this is still the database whose events were seen, which the number of an own act does not.
   */
  committed(events: readonly Event[]): void {
    if (events.length === 0) return;
    this.#notify = true;
    this.#wake();
  }

  /** Delivers what this process committed last, as far as the database can be reached. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
    const client = this.#client;
    if (client !== undefined) {
      await this.#look(client).catch(() => {});
      await client.end().catch(() => {});
    }
    this.#delivery.end();
  }

  #wake(): void {
    this.#wanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    while (this.#wanted && !this.#closed) {
      this.#wanted = false;
      try {
        await this.#look(this.#client ?? (await this.#reconnect()));
      } catch (error) {
        this.#lost(error);
        return;
      }
    }
  }

  async #look(client: pg.Client): Promise<void> {
    let notified: Promise<unknown> | undefined;
    if (this.#notify) {
      this.#notify = false;
      notified = client.query(`NOTIFY ${channel}`);
    }
    await Promise.all([notified, this.#catchUp(readerOn(client))]);
  }

  async #catchUp(reader: Reader): Promise<void> {
    const startedAt = this.#options.clock();
    const gaps = [...this.#horizons.keys()];
    const oldest = gaps.length === 0 ? 0 : await number(reader, oldestTransaction);
    for (let full = true; full; ) {
      const rows = await reader.all<EventRow>(
        `SELECT ${eventColumns} FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?`,
        [this.#delivery.highest, batch],
      );
      // After the new ones: of two acts on one object, the later is never seen without the earlier.
      const late = await this.#late(reader);
      for (const row of [...late, ...rows].sort((a, b) => a.sequence - b.sequence)) {
        this.#horizons.delete(row.sequence);
        this.#delivery.deliver(eventFromRow(row));
      }
      this.#newest = rows.at(-1) ?? this.#newest;
      full = rows.length === batch;
    }
    for (const gap of gaps) {
      const horizon = this.#horizons.get(gap);
      if (horizon === undefined || horizon > oldest) continue;
      this.#horizons.delete(gap);
      this.#delivery.closeGap(gap);
    }
    await this.#openGaps(reader);
    this.#lastCaughtUpAt = startedAt;
  }

  async #late(reader: Reader): Promise<EventRow[]> {
    const gaps = [...this.#delivery.gaps];
    if (gaps.length === 0) return [];
    return reader.all<EventRow>(
      `SELECT ${eventColumns} FROM events WHERE sequence IN (SELECT value::bigint FROM json_array_elements_text(?::json))`,
      [JSON.stringify(gaps)],
    );
  }

  /** Whoever drew a number that is missing had begun before a higher one was seen, so before now. */
  async #openGaps(reader: Reader): Promise<void> {
    const opened = [...this.#delivery.gaps].filter((gap) => !this.#horizons.has(gap));
    if (opened.length === 0) return;
    const newest = await number(reader, newestTransaction);
    for (const gap of opened) this.#horizons.set(gap, newest);
  }

  #attend(client: pg.Client): void {
    client.on('notification', (message) => {
      // Its own says nothing new: the look that follows it is under way.
      if (message.processId !== (client as unknown as { processID: number }).processID) this.#wake();
    });
    client.on('error', (error) => {
      if (this.#client === client) this.#lost(error);
    });
  }

  #lost(error: unknown): void {
    const client = this.#client;
    this.#client = undefined;
    this.#notify = true;
    // Ending may wait for a dead peer, so nobody waits for it.
    void client?.end().catch(() => {});
    const isRollback = error instanceof StorageError && error.code === 'rolled_back';
    if ((isRollback ? this.#reportedRollback : this.#reportedLost) || this.#closed) return;
    this.#reportedRollback = isRollback;
    this.#reportedLost = true;
    this.#options.onConnection(error);
  }

  /**
   * A database that comes back without what was seen (a restored one, or a replica that had not heard of it) gives the numbers to other
   * acts, which would never be delivered here: not even those that revoke. So this process must not go on as if it knew.
   */
  async #assertSameHistory(reader: Reader): Promise<void> {
    const newest = this.#newest;
    if (newest === undefined) return;
    const there = await eventAt(reader, newest.sequence);
    if (there?.at === newest.at) return;
    throw new StorageError(
      'rolled_back',
      `the database no longer has event ${newest.sequence}: it was put back to an earlier state; restart this server`,
    );
  }

  async #reconnect(): Promise<pg.Client> {
    const client = await connect(this.#options.url);
    try {
      await this.#assertSameHistory(readerOn(client));
    } catch (error) {
      void client.end().catch(() => {});
      throw error;
    }
    this.#client = client;
    this.#attend(client);
    if (this.#reportedLost) this.#options.onConnection(undefined);
    this.#reportedLost = false;
    return client;
  }
}

interface Newest {
  readonly sequence: number;
  readonly at: number;
}

async function eventAt(reader: Reader, sequence: number): Promise<Newest | undefined> {
  const [row] = await reader.all<Newest>('SELECT sequence, at FROM events WHERE sequence = ?', [sequence]);
  return row;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ ...postgresSettings(url), pipeline: true, query_timeout: queryTimeoutMs });
  // Until someone attends to it, a loss shows in the next query.
  client.on('error', () => {});
  try {
    await client.connect();
    // Nothing durable is written here, so a NOTIFY need not wait for the disk.
    await client.query(`SET synchronous_commit = off; LISTEN ${channel}`);
    return client;
  } catch (error) {
    void client.end().catch(() => {});
    throw error;
  }
}

function readerOn(client: pg.Client): Reader {
  return {
    all: async <Row extends object>(
      sql: string,
      values: readonly (string | number | null | Uint8Array)[] = [],
    ) => (await client.query(preparedQuery(sql, values))).rows as Row[],
  };
}

/** Everything up to the last seal is final; after it, numbers may still be missing. */
async function whatIsThere(reader: Reader): Promise<{ highest: number; gaps: number[] }> {
  const [seal] = await reader.all<{ sealed: number | null }>('SELECT max(to_sequence) AS sealed FROM seals');
  const sealed = seal?.sealed ?? 0;
  const rows = await reader.all<{ sequence: number }>(
    'SELECT sequence FROM events WHERE sequence > ? ORDER BY sequence',
    [sealed],
  );
  const gaps: number[] = [];
  let highest = sealed;
  for (const { sequence } of rows) {
    for (let missing = highest + 1; missing < sequence; missing += 1) gaps.push(missing);
    highest = sequence;
  }
  return { highest, gaps };
}

/** Every transaction with a number below it has ended. */
const oldestTransaction = 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS number';

/**
 * Every transaction that has drawn a number has one below it. The `xmax` of a snapshot does not say that: it is behind the highest number
 * that has ended, and those above it may be open.
 */
const newestTransaction = 'SELECT pg_current_xact_id()::text::bigint AS number';

async function number(reader: Reader, sql: string): Promise<number> {
  const [row] = await reader.all<{ number: number }>(sql);
  return (row as { number: number }).number;
}
