import { hash } from 'node:crypto';
import type { AssertionUse, ReplayGuardStore } from '../../authorization/index.ts';
import type { Database } from '../database.ts';

interface Waiting {
  readonly key: string;
  readonly useHash: Buffer;
  readonly expiresAt: number;
  readonly resolve: (first: boolean) => void;
  readonly reject: (reason: unknown) => void;
}

/** How many uses one statement takes; a power of two, so that few texts are prepared. */
const maxGroup = 128;
const sweepChunk = 1_000;
/** How many statements run at once, each on a connection of its own. */
const maxRunning = 2;

/**
 * Which assertions were used. Those that come in together are inserted by one statement, and share its commit.
 */
export class ReplayGuardQueries implements ReplayGuardStore {
  readonly #database: Database;
  #waiting: Waiting[] = [];
  #running = 0;
  #scheduled = false;

  constructor(database: Database) {
    this.#database = database;
  }

  consume(use: AssertionUse): Promise<boolean> {
    // The length in front keeps ("a", "bc") and ("ab", "c") apart.
    const useHash = hash('sha256', `${use.clientId.length}:${use.clientId}${use.jti}`, 'buffer');
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        key: useHash.toString('latin1'),
        useHash,
        expiresAt: use.expiresAt,
        resolve,
        reject,
      });
      this.#schedule();
    });
  }

  async deleteExpired(before: number): Promise<number> {
    let deleted = 0;
    for (let chunk = sweepChunk; chunk === sweepChunk; deleted += chunk) {
      chunk = await this.#database.transact((transaction) =>
        transaction.run(
          `DELETE FROM assertion_uses WHERE use_hash IN
             (SELECT use_hash FROM assertion_uses WHERE expires_at < ? LIMIT ?)`,
          [before, sweepChunk],
        ),
      );
    }
    return deleted;
  }

  #schedule(): void {
    if (this.#scheduled || this.#running >= maxRunning || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const group = this.#waiting.splice(0, maxGroup);
      this.#running += 1;
      void this.#insert(group).finally(() => {
        this.#running -= 1;
        this.#schedule();
      });
      this.#schedule();
    });
  }

  async #insert(group: readonly Waiting[]): Promise<void> {
    // Within a group the first of equal uses is the first use.
    const distinct = new Map<string, Waiting>();
    for (const waiting of group) if (!distinct.has(waiting.key)) distinct.set(waiting.key, waiting);
    // In one order on all nodes, so that two groups never wait for each other in a circle.
    const ordered = [...distinct.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    try {
      const inserted = await this.#insertRows(ordered);
      for (const waiting of group) {
        waiting.resolve(distinct.get(waiting.key) === waiting && inserted.has(waiting.key));
      }
    } catch (error) {
      for (const waiting of group) waiting.reject(error);
    }
  }

  async #insertRows(uses: readonly Waiting[]): Promise<Set<string>> {
    const rows = await this.#database.transact((transaction) =>
      transaction.all<{ use_hash: Buffer }>(
        `INSERT INTO assertion_uses (use_hash, expires_at) VALUES ${new Array(uses.length).fill('(?, ?)').join(', ')}
         ON CONFLICT (use_hash) DO NOTHING RETURNING use_hash`,
        uses.flatMap((use) => [use.useHash, use.expiresAt]),
      ),
    );
    return new Set(rows.map((row) => row.use_hash.toString('latin1')));
  }
}
