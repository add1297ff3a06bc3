import type pg from 'pg';
import type { Transaction, Value } from './database.ts';
import { StorageError } from './errors.ts';
import { preparedQuery } from './postgres-connection.ts';

/**
 * What one work may do in its transaction. What reads is sent behind BEGIN without waiting for its answer, what writes is not: should BEGIN
 * fail, that would be a transaction of its own. So would be whatever comes after the end, which is therefore refused.
 */
export class PostgresTransaction implements Transaction {
  readonly #client: pg.ClientBase;
  readonly #begun: Promise<void>;
  /** How many statements wait for BEGIN; those that come after them wait, too, and so keep their order. */
  #held = 0;
  #over = false;

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

  async #query(sql: string, values: readonly Value[] = []): Promise<pg.QueryResult> {
    if (this.#held > 0 || !isRead(sql)) {
      this.#held += 1;
      try {
        await this.#begun;
      } finally {
        this.#held -= 1;
      }
    }
    if (this.#over) throw new StorageError('closed', 'the transaction is over');
    const answer = this.#client.query(preparedQuery(sql, values));
    answer.catch(() => {});
    await this.#begun;
    return answer;
  }
}

function isRead(sql: string): boolean {
  return sql.startsWith('SELECT');
}
