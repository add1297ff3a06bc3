import type pg from 'pg';
import type { Transaction, Value } from './database.ts';
import { StorageError } from './errors.ts';
import { preparedQuery } from './postgres-connection.ts';

/** in_failed_sql_transaction */
const abortedTransaction = '25P02';

/**
 * What one work may do in its transaction. Statements are sent behind BEGIN without waiting for its answer: should it fail, they read, and
 * writing is refused, since only a transaction makes it possible (`sessionSettings`). What comes after the end is refused here.
 */
export class PostgresTransaction implements Transaction {
  readonly #client: pg.ClientBase;
  readonly #begun: Promise<void>;
  #over = false;
  #failure: unknown;

  constructor(client: pg.ClientBase, begun: Promise<void>) {
    this.#client = client;
    this.#begun = begun;
  }

  async all<Row extends object>(sql: string, values?: readonly Value[]): Promise<Row[]> {
    return (await this.#query(sql, values)).rows as Row[];
  }

  async run(sql: string, values?: readonly Value[]): Promise<number> {
    return (await this.#query(sql, values)).rowCount ?? 0;
  }

  end(): void {
    this.#over = true;
  }

  /** Of what failed only because a statement before it had failed, that one's error. */
  reasonOf(error: unknown): unknown {
    return (error as { code?: unknown }).code === abortedTransaction ? this.#failure : error;
  }

  async #query(sql: string, values: readonly Value[] = []): Promise<pg.QueryResult> {
    if (this.#over) throw new StorageError('closed', 'the transaction is over');
    const answer = this.#client.query(preparedQuery(sql, values));
    answer.catch((error: unknown) => {
      this.#failure ??= error;
    });
    await this.#begun;
    return answer;
  }
}
