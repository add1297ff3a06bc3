import { Sent, type Transaction } from './database.ts';
import { StorageError } from './errors.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { SqliteTransaction } from './sqlite-transaction.ts';

interface Job {
  readonly work: (transaction: Transaction) => Promise<unknown>;
  readonly committed: ((result: never) => void) | undefined;
  readonly resolve: (result: never) => void;
  readonly reject: (reason: unknown) => void;
}

/** How many transactions may share a commit. */
const maxGroup = 256;

/**
 * The one writer of a database file. Transactions that wait at the same time run one after another, each within a
 * savepoint, and share one commit, because a durable commit costs more than what is in it.
 */
export class SqliteWriter {
  readonly #connection: SqliteConnection;
  #waiting: Job[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  transact<Result>(
    work: (transaction: Transaction) => Promise<Result | Sent<Result>>,
    committed: ((result: Result) => void) | undefined,
  ): Promise<Result> {
    if (this.#closed) return Promise.reject(new StorageError('closed', 'the storage is closed'));
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ work, committed, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Commits what waits, then ends. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    this.#connection.close();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Lets the requests that came in with this one join its commit.
      await new Promise((resume) => setImmediate(resume));
      await this.#commitGroup(this.#waiting.splice(0, maxGroup));
    }
    this.#running = undefined;
  }

  async #commitGroup(group: readonly Job[]): Promise<void> {
    const connection = this.#connection;
    const done: { job: Job; result: unknown }[] = [];
    // For a savepoint SQLite copies each page before its first change; whoever is alone is undone with the transaction.
    const alone = group.length === 1;
    try {
      connection.run('BEGIN IMMEDIATE');
      for (const job of group) {
        if (!alone) connection.run('SAVEPOINT act');
        const transaction = new SqliteTransaction(connection);
        try {
          const made = await job.work(transaction);
          const result = made instanceof Sent ? await made.answers : made;
          transaction.end();
          if (!alone) connection.run('RELEASE act');
          done.push({ job, result });
        } catch (error) {
          transaction.end();
          // A full disk ends the whole transaction: then nobody's part of it is left.
          if (alone || !connection.isTransaction) throw error;
          connection.execute('ROLLBACK TO act; RELEASE act');
          job.reject(error);
        }
      }
      connection.run('COMMIT');
    } catch (error) {
      for (const job of group) job.reject(error);
      if (connection.isTransaction) this.#rollBack();
      return;
    }
    for (const { job, result } of done) {
      try {
        job.committed?.(result as never);
        job.resolve(result as never);
      } catch (error) {
        job.reject(error);
      }
    }
  }

  /** Where even that fails, the next group's BEGIN says so to its authors. */
  #rollBack(): void {
    try {
      this.#connection.execute('ROLLBACK');
    } catch {
      // The disk is gone; nothing of the group was committed.
    }
  }
}
