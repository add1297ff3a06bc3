import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Value } from './database.ts';
import { StorageError } from './errors.ts';
import { sqliteError } from './sqlite-errors.ts';
import { sqliteText } from './statement-text.ts';

/** How long another process's lock (a backup's, a checkpoint's) is waited for. */
const busyTimeoutMs = 5_000;
/** Statement texts come from a bounded set; the bound here is against mistakes. */
const maxStatements = 500;

/** One connection to an SQLite file, with its prepared statements. */
export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, options: { readonly readOnly: boolean }) {
    try {
      this.#database = new DatabaseSync(path, {
        readOnly: options.readOnly,
        timeout: busyTimeoutMs,
        enableForeignKeyConstraints: true,
      });
    } catch (error) {
      throw sqliteError(error);
    }
  }

  get isTransaction(): boolean {
    return this.#database.isTransaction;
  }

  all<Row extends object>(sql: string, values: readonly Value[] = []): Row[] {
    assertStorable(values);
    try {
      return (this.#prepare(sql).all(...values) as Row[]).map(withBuffers);
    } catch (error) {
      throw sqliteError(error);
    }
  }

  run(sql: string, values: readonly Value[] = []): number {
    assertStorable(values);
    try {
      return Number(this.#prepare(sql).run(...values).changes);
    } catch (error) {
      throw sqliteError(error);
    }
  }

  /** The rows of a query as they are read. Nothing else may use this statement meanwhile. */
  *iterate<Row extends object>(sql: string): Iterable<Row> {
    try {
      for (const row of this.#prepare(sql).iterate()) yield withBuffers(row as Row);
    } catch (error) {
      throw sqliteError(error);
    }
  }

  /** One or several statements without values. */
  execute(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (error) {
      throw sqliteError(error);
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sqliteText(sql));
    if (this.#statements.size >= maxStatements) this.#statements.clear();
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** SQLite's driver gives bytes as `Uint8Array`; records hold a `Buffer`. */
function withBuffers<Row extends object>(row: Row): Row {
  for (const name in row) {
    const value: unknown = row[name];
    if (value instanceof Uint8Array) {
      (row as Record<string, unknown>)[name] = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  }
  return row;
}

/** PostgreSQL keeps no NUL in a text; what one database refuses, both do. */
function assertStorable(values: readonly Value[]): void {
  for (const value of values) {
    if (typeof value === 'string' && value.includes('\0')) {
      throw new StorageError('unstorable', 'a text holds a NUL character');
    }
  }
}
