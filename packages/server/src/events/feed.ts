import type { Event } from './event.ts';

export type EventHandler = (event: Event) => void;

/** The news of this process: every event committed since it opened its storage, by any node. */
export interface Feed {
  /** Every event up to this sequence has been delivered here, or was there when the storage was opened. */
  readonly position: number;
  /** The highest sequence that was delivered here, or was there when the storage was opened; lower ones may still be open. */
  readonly highest: number;
  /**
   * Epoch milliseconds: what was committed before then has been delivered here. Where the database lives in this
   * process it is the present.
   */
  readonly lastCaughtUpAt: number;
  /** Handlers are synchronous and called in the order of subscription; what one throws is logged, and the others go on. */
  subscribe(name: string, handler: EventHandler): () => void;
  /** Resolves once this process has delivered the event of that sequence, or at once if it has. */
  delivered(sequence: number): Promise<void>;
  /** Events after a sequence, oldest first, at most `limit`; from the database, for audit. */
  read(after: number, limit: number): Promise<Event[]>;
}
