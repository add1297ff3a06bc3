import pg from 'pg';
import {
  type Database,
  Sent,
  type SnapshotReader,
  type Transaction,
  type TransactOptions,
  type Value,
} from './database.ts';
import { StorageError } from './errors.ts';
import {
  begin,
  postgresSettings,
  preparedQuery,
  prepareForTransactions,
  prepareSession,
} from './postgres-connection.ts';
import { isTransient, postgresError } from './postgres-errors.ts';
import { PostgresTransaction } from './postgres-transaction.ts';

const connections = 10;
/** For statements that are transactions by themselves. */
const statementConnections = 3;
const idleTimeoutMs = 60_000;
/** How often a transaction is tried when others keep it from committing. */
const maxAttempts = 8;

/** A PostgreSQL database, shared by any number of nodes. */
export class PostgresDatabase implements Database {
  readonly dialect = 'postgres';
  readonly url: string;
  readonly #pool: pg.Pool;
  readonly #statements: pg.Pool;
  readonly #begun = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  /** Connects when first used. `onLost` hears of idle connections that broke; the next use makes new ones. */
  constructor(url: string, onLost: (error: Error) => void) {
    this.url = url;
    const settings: pg.PoolConfig = {
      ...postgresSettings(url),
      // Statements of one transaction that do not wait for each other's rows travel together.
      pipeline: true,
      idleTimeoutMillis: idleTimeoutMs,
    };
    this.#pool = makePool({ ...settings, max: connections }, prepareForTransactions, onLost);
    this.#statements = makePool({ ...settings, max: statementConnections }, prepareSession, onLost);
  }

  async all<Row extends object>(sql: string, values: readonly Value[] = []): Promise<Row[]> {
    return this.#use(() => query<Row>(this.#pool, sql, values));
  }

  statement<Row extends object>(sql: string, values: readonly Value[]): Promise<Row[]> {
    return this.#use(() => query<Row>(this.#statements, sql, values));
  }

  async transact<Result>(
    work: (transaction: Transaction) => Promise<Result | Sent<Result>>,
    options: TransactOptions<Result> = {},
  ): Promise<Result> {
    return this.#use(async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const result = await this.#inTransaction(begin, work);
          options.committed?.(result);
          return result;
        } catch (error) {
          if (!isTransient(error) || attempt === maxAttempts) throw error;
          await new Promise((resume) => setTimeout(resume, Math.random() * 5 * attempt));
        }
      }
    });
  }

  async snapshot<Result>(work: (reader: SnapshotReader) => Promise<Result>): Promise<Result> {
    return this.#use(() =>
      this.#inTransaction(
        (client) => client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'),
        (transaction) =>
          work({
            all: (sql, values) => transaction.all(sql, values),
            pages: (sql, size) => pagesOf(transaction, sql, size),
          }),
      ),
    );
  }

  /** Waits for what was begun: the pool would forget those who wait for a connection. */
  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#begun).then(async () => {
      await Promise.all([this.#pool.end(), this.#statements.end()]);
    });
    return this.#closing;
  }

  async #use<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closing !== undefined) throw new StorageError('closed', 'the storage is closed');
    const begun = work();
    this.#begun.add(begun);
    try {
      return await begun;
    } catch (error) {
      throw postgresError(error);
    } finally {
      this.#begun.delete(begun);
    }
  }

  async #inTransaction<Result>(
    beginOn: (client: pg.ClientBase) => Promise<unknown>,
    work: (transaction: Transaction) => Promise<Result | Sent<Result>>,
  ): Promise<Result> {
    const client = await this.#pool.connect();
    let broken = false;
    const begun = beginOn(client).then(() => {});
    begun.catch(() => {});
    const transaction = new PostgresTransaction(client, begun);
    try {
      const made = await work(transaction);
      transaction.end();
      const committing = client.query('COMMIT');
      committing.catch(() => {});
      const result = made instanceof Sent ? await made.answers : made;
      await begun;
      // After a failed statement, PostgreSQL answers COMMIT with ROLLBACK and no error.
      const { command } = await committing;
      if (command !== 'COMMIT') throw new Error('a failed statement was passed over');
      return result;
    } catch (error) {
      transaction.end();
      await client.query('ROLLBACK').catch(() => {
        broken = true;
      });
      throw transaction.reasonOf(error);
    } finally {
      client.release(broken);
    }
  }
}

function makePool(
  settings: pg.PoolConfig,
  prepare: (client: pg.ClientBase) => Promise<void>,
  onLost: (error: Error) => void,
): pg.Pool {
  // The pool waits for it, which its types do not say.
  const pool = new pg.Pool(Object.assign(settings, { onConnect: prepare }));
  pool.on('error', onLost);
  return pool;
}

async function query<Row extends object>(
  pool: pg.Pool,
  sql: string,
  values: readonly Value[],
): Promise<Row[]> {
  return (await pool.query(preparedQuery(sql, values))).rows as Row[];
}

async function* pagesOf<Row extends object>(
  transaction: Transaction,
  sql: string,
  size: number,
): AsyncIterable<Row[]> {
  await transaction.run(`DECLARE pages NO SCROLL CURSOR FOR ${sql}`);
  for (;;) {
    const page = await transaction.all<Row>(`FETCH FORWARD ${size} FROM pages`);
    if (page.length === 0) break;
    yield page;
  }
  await transaction.run('CLOSE pages');
}
