import { hash } from 'node:crypto';
import type { AssertionUse, ReplayGuardStore } from '../../authorization/index.ts';
import type { Database, Transaction, Value } from '../database.ts';

interface Waiting {
  readonly useHash: Buffer;
  readonly expiresAt: number;
  readonly resolve: (first: boolean) => void;
  readonly reject: (reason: unknown) => void;
}

/** How many uses share one commit at most. */
const maxGroup = 128;
const sweepChunk = 1_000;
/** Another node's clock may be behind by this much and still take an assertion for fresh. */
const clockDifferenceMs = 60_000;
/** How many groups are under way at once: SQLite has one writer, PostgreSQL makes several commits durable together. */
const maxRunning = { sqlite: 1, postgres: 3 } as const;

/**
 * Which assertions were used. Those that come in together are inserted together, and share a commit.
 */
export class ReplayGuardQueries implements ReplayGuardStore {
  readonly #database: Database;
  #waiting: Waiting[] = [];
  #running = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  consume(use: AssertionUse): Promise<boolean> {
    // The length in front keeps ("a", "bc") and ("ab", "c") apart.
    const name = `${use.clientId.length}:${use.clientId}${use.jti}`;
    // Through text, because memory of its own would cost more than the hash does.
    const useHash = Buffer.from(hash('sha256', name, 'binary'), 'latin1');
    return new Promise((resolve, reject) => {
      this.#waiting.push({ useHash, expiresAt: use.expiresAt, resolve, reject });
      this.#start();
    });
  }

  /** Goes through the uses from the oldest, in chunks, until a whole chunk has not expired. */
  async deleteExpired(now: number): Promise<number> {
    const before = now - clockDifferenceMs;
    let deleted = 0;
    let after = 0;
    for (;;) {
      const chunk = await this.#database.all<{ id: number; expires_at: number }>(
        'SELECT id, expires_at FROM assertion_uses WHERE id > ? ORDER BY id LIMIT ?',
        [after, sweepChunk],
      );
      const last = chunk.at(-1)?.id ?? after;
      if (!chunk.some((use) => use.expires_at < before)) return deleted;
      deleted += await this.#database.transact((transaction) =>
        transaction.run('DELETE FROM assertion_uses WHERE id > ? AND id <= ? AND expires_at < ?', [
          after,
          last,
          before,
        ]),
      );
      after = last;
    }
  }

  #start(): void {
    const { dialect } = this.#database;
    if (this.#running >= maxRunning[dialect] || this.#waiting.length === 0) return;
    this.#running += 1;
    const inserted = dialect === 'sqlite' ? this.#insertOnSqlite() : this.#insertTogether();
    void inserted.finally(() => {
      this.#running -= 1;
      this.#start();
    });
  }

  /** In one transaction, of which the writer has others' acts wait for the commit too. */
  async #insertOnSqlite(): Promise<void> {
    await this.#othersJoined();
    let group: Waiting[] | undefined;
    const taken = (): Waiting[] => {
      group ??= this.#waiting.splice(0, maxGroup);
      return group;
    };
    try {
      const firsts = await this.#database
        .transact((transaction) => insertFirsts(transaction, taken()))
        .catch((error: unknown) => {
          if (!(error instanceof NotAllFirst)) throw error;
          return this.#database.transact((transaction) => insertEach(transaction, taken()));
        });
      group?.forEach(({ resolve }, index) => {
        resolve(firsts[index]!);
      });
    } catch (error) {
      for (const { reject } of group ?? this.#waiting.splice(0)) reject(error);
    }
  }

  /** Lets those whose signatures are being checked now join: a commit costs more than what is in it. Ends with the first turn in which nobody came. */
  async #othersJoined(): Promise<void> {
    for (let known = 0; known < this.#waiting.length && known < maxGroup; ) {
      known = this.#waiting.length;
      await new Promise((resume) => setImmediate(resume));
    }
  }

  /** By one statement, which is one round trip. */
  async #insertTogether(): Promise<void> {
    // Lets the requests that came in with this one join.
    await new Promise((resume) => setImmediate(resume));
    const group = this.#waiting.splice(0, maxGroup);
    // Of equal uses in a group, the first is the first use.
    const distinct = new Map<string, Waiting>();
    for (const waiting of group) {
      const key = waiting.useHash.toString('latin1');
      if (!distinct.has(key)) distinct.set(key, waiting);
    }
    // In one order on all nodes, so that two groups never wait for each other in a circle.
    const uses = [...distinct.values()].sort((a, b) => a.useHash.compare(b.useHash));
    try {
      const rows =
        uses.length === 0
          ? []
          : await this.#database.statement<{ use_hash: Buffer }>(
              `${insertStatement(uses.length)} RETURNING use_hash`,
              valuesOf(uses),
            );
      const firsts = new Set(rows.map((row) => distinct.get(row.use_hash.toString('latin1'))));
      for (const waiting of group) waiting.resolve(firsts.has(waiting));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}

/** Among uses was one that is not the first. Undoes the statement that was to insert them all. */
class NotAllFirst extends Error {}

/** By one statement, as nearly always each is the first; throws NotAllFirst where it is not. */
async function insertFirsts(transaction: Transaction, uses: readonly Waiting[]): Promise<boolean[]> {
  const inserted = await transaction.run(insertStatement(uses.length), valuesOf(uses));
  if (inserted !== uses.length) throw new NotAllFirst();
  return uses.map(() => true);
}

/** One after the other, each of which says whether it was the first. */
async function insertEach(transaction: Transaction, uses: readonly Waiting[]): Promise<boolean[]> {
  const inserted = await Promise.all(
    uses.map((use) => transaction.run(insertStatement(1), [use.useHash, use.expiresAt])),
  );
  return inserted.map((count) => count === 1);
}

const statements = new Map<number, string>();

/** That inserts so many uses; of a group, so they are few. */
function insertStatement(count: number): string {
  let statement = statements.get(count);
  if (statement === undefined) {
    const rows = new Array<string>(count).fill('(?, ?)').join(', ');
    statement = `INSERT INTO assertion_uses (use_hash, expires_at) VALUES ${rows} ON CONFLICT (use_hash) DO NOTHING`;
    statements.set(count, statement);
  }
  return statement;
}

function valuesOf(uses: readonly Waiting[]): Value[] {
  return uses.flatMap(({ useHash, expiresAt }) => [useHash, expiresAt]);
}
