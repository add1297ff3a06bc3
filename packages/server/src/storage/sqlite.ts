import type { Database, Sent, SnapshotReader, Transaction, TransactOptions, Value } from './database.ts';
import { StorageError } from './errors.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { createPrivateFile } from './sqlite-lock.ts';
import { SqliteWriter } from './sqlite-writer.ts';

/**
 * An SQLite file in WAL mode: one connection writes, another reads what is committed, both in this process's thread.
 * Each commit is on the disk before it is acknowledged (`synchronous=FULL`).
 */
export class SqliteDatabase implements Database {
  readonly dialect = 'sqlite';
  readonly #path: string;
  readonly #writer: SqliteWriter;
  readonly #reader: SqliteConnection;
  #closing: Promise<void> | undefined;

  /** The file is made, for its owner alone, where it is not there. */
  constructor(path: string) {
    this.#path = path;
    createPrivateFile(path);
    const writing = new SqliteConnection(path, { readOnly: false });
    try {
      writing.execute('PRAGMA synchronous = FULL');
      const [mode] = writing.all<{ journal_mode: string }>('PRAGMA journal_mode = WAL');
      if (mode?.journal_mode !== 'wal')
        throw new StorageError('unreachable', `${path} does not take WAL mode`);
      // Pages that change again and again are copied to the file once for 32 MB of changes instead of once for 4.
      writing.execute('PRAGMA wal_autocheckpoint = 8000');
      // 16 MB: what a million certificates are indexed by does not fit, but the upper levels do.
      writing.execute('PRAGMA cache_size = -16000');
      writing.execute('PRAGMA journal_size_limit = 67108864');
      // What a savepoint would restore is kept here and not in a file, whatever a group changes.
      writing.execute('PRAGMA temp_store = MEMORY');
      this.#reader = new SqliteConnection(path, { readOnly: true });
      // The whole file as memory, of which the system keeps what is used: with a million certificates a page is hardly ever in the cache.
      this.#reader.all(`PRAGMA mmap_size = ${2 ** 31 - 2 ** 16}`);
    } catch (error) {
      writing.close();
      throw error;
    }
    this.#writer = new SqliteWriter(writing);
  }

  async all<Row extends object>(sql: string, values?: readonly Value[]): Promise<Row[]> {
    if (this.#closing !== undefined) throw new StorageError('closed', 'the storage is closed');
    return this.#reader.all<Row>(sql, values);
  }

  transact<Result>(
    work: (transaction: Transaction) => Promise<Result | Sent<Result>>,
    options: TransactOptions<Result> = {},
  ): Promise<Result> {
    return this.#writer.transact(work, options.committed);
  }

  statement<Row extends object>(sql: string, values: readonly Value[]): Promise<Row[]> {
    return this.transact((transaction) => transaction.all<Row>(sql, values));
  }

  snapshot<Result>(work: (reader: SnapshotReader) => Promise<Result>): Promise<Result> {
    return sqliteSnapshot(this.#path, work);
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      // The writer last, because who closes last copies the log back, and a reader may not.
      this.#reader.close();
      this.#closing = this.#writer.close();
    }
    return this.#closing;
  }
}

/** Reads one moment of a file, also while another process writes to it. */
export async function sqliteSnapshot<Result>(
  path: string,
  work: (reader: SnapshotReader) => Promise<Result>,
): Promise<Result> {
  const connection = new SqliteConnection(path, { readOnly: true });
  try {
    connection.execute('BEGIN');
    return await work({
      all: async <Row extends object>(sql: string, values?: readonly Value[]) =>
        connection.all<Row>(sql, values),
      pages: (sql, size) => pagesOf(connection, sql, size),
    });
  } finally {
    connection.close();
  }
}

async function* pagesOf<Row extends object>(
  connection: SqliteConnection,
  sql: string,
  size: number,
): AsyncIterable<Row[]> {
  let page: Row[] = [];
  for (const row of connection.iterate<Row>(sql)) {
    page.push(row);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
