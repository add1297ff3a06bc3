import type { Event, EventDraft } from '../events/index.ts';
import { type Database, Sent, type Transaction } from './database.ts';
import { appendEvents } from './queries/events.ts';

/** Where committed events go, so that an act resolves after this process has delivered its own. */
export interface CommittedEvents {
  /** Called right after each commit, in order. */
  committed(events: readonly Event[]): void;
  delivered(sequence: number): Promise<void>;
}

/** Thrown inside a transaction to undo it and answer with `outcome` all the same. */
class Undone<Outcome> extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super('undone');
    this.outcome = outcome;
  }
}

/** Undoes the act; `act` then resolves with `outcome`. */
export function undo(outcome: unknown): never {
  throw new Undone(outcome);
}

/** What the rows of an act came to: the act's answer, made when its events are there, and the events to write. */
export interface ActResult<Outcome> {
  readonly events: readonly EventDraft[];
  /** Called once, when nothing may refuse any more. */
  readonly outcome: (events: readonly Event[]) => Outcome;
  /** The last of its writes, where nobody needs to have waited for them. */
  readonly written?: Promise<unknown>;
}

/** Business acts: rows, denylist rows and events in one transaction. */
export class Acts {
  readonly database: Database;
  readonly #clock: () => number;
  readonly #feed: CommittedEvents;

  constructor(database: Database, clock: () => number, feed: CommittedEvents) {
    this.database = database;
    this.#clock = clock;
    this.#feed = feed;
  }

  /**
   * Writes the rows of one act by `rows`, then its events. Resolves when all of it is durable and this process has
   * delivered the events.
   */
  async act<Outcome>(rows: (transaction: Transaction) => Promise<ActResult<Outcome>>): Promise<Outcome> {
    let result: { outcome: Outcome; events: readonly Event[] };
    try {
      result = await this.database.transact(
        async (transaction) => {
          const { events: drafts, outcome, written } = await rows(transaction);
          written?.catch(() => {});
          const appended = await appendEvents(transaction, drafts, this.#clock());
          return new Sent(
            Promise.all([appended.answers, written]).then(([events]) => ({
              outcome: outcome(events),
              events,
            })),
          );
        },
        { committed: ({ events }) => this.#feed.committed(events) },
      );
    } catch (error) {
      if (error instanceof Undone) return error.outcome as Outcome;
      throw error;
    }
    for (const event of result.events) await this.#feed.delivered(event.sequence);
    return result.outcome;
  }
}
