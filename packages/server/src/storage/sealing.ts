import type { Feed } from '../events/index.ts';
import type { Database } from './database.ts';
import type { StorageLog } from './open-storage.ts';
import { sealNext } from './queries/seals.ts';
import type { SealFile } from './seal-file.ts';
import type { Sealer } from './sealer.ts';

export interface SealingOptions {
  readonly database: Database;
  readonly feed: Feed;
  readonly sealer: Sealer;
  readonly clock: () => number;
  readonly file: SealFile | undefined;
  readonly log: StorageLog;
}

/** Seals what is final in the feed, and keeps the file of seals up to date. Any node may; one at a time does. */
export class Sealing {
  readonly #options: SealingOptions;
  #sealedTo = 0;

  constructor(options: SealingOptions) {
    this.#options = options;
  }

  /** Seals everything up to the feed's position. */
  async seal(): Promise<void> {
    const { database, feed, sealer, clock, file } = this.#options;
    while (this.#sealedTo < feed.position) {
      const final = feed.position;
      const seal = await sealNext(database, { final, at: clock(), sealer });
      this.#sealedTo = seal?.to ?? final;
    }
    await file?.catchUp(database);
  }

  close(): Promise<void> {
    return this.#options.file?.close() ?? Promise.resolve();
  }
}
