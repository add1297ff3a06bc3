import type { Transaction, Value } from './database.ts';
import { StorageError } from './errors.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

/**
 * What one work may do in the transaction that it shares. Once it has ended, or SQLite has given up the transaction by itself (a full disk), it
 * may do nothing more: that would be committed by itself or with another's, though the work was told that it failed.
 */
export class SqliteTransaction implements Transaction {
  readonly #connection: SqliteConnection;
  #over = false;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async all<Row extends object>(sql: string, values?: readonly Value[]): Promise<Row[]> {
    this.#assertOpen();
    try {
      return this.#connection.all<Row>(sql, values);
    } catch (error) {
      this.#failed();
      throw error;
    }
  }

  async run(sql: string, values?: readonly Value[]): Promise<number> {
    this.#assertOpen();
    try {
      return this.#connection.run(sql, values);
    } catch (error) {
      this.#failed();
      throw error;
    }
  }

  end(): void {
    this.#over = true;
  }

  #assertOpen(): void {
    if (this.#over) throw new StorageError('closed', 'the transaction is over');
  }

  #failed(): void {
    if (!this.#connection.isTransaction) this.#over = true;
  }
}
