import { statSync } from 'node:fs';
import type { Database, Reader } from './database.ts';
import { StorageError } from './errors.ts';
import { parseLocation } from './location.ts';
import { assertKnownVersion, schemaVersion } from './migrate.ts';
import { PostgresDatabase } from './postgres.ts';
import { SqliteDatabase, sqliteSnapshot } from './sqlite.ts';
import { SqliteLock } from './sqlite-lock.ts';

/** An open database that this process may change, and how to give it back. */
export interface OpenDatabase {
  readonly database: Database;
  /** Closes it and frees its lock. */
  readonly close: () => Promise<void>;
}

export interface OpenDatabaseOptions {
  readonly url: string;
  /** Hears of idle connections that broke. */
  readonly onLost: (error: Error) => void;
  /**
   * Called with the version of the schema (0: empty) before anything is changed, so that it can refuse. A version that
   * this program does not know is refused before.
   */
  readonly inspect: (reader: Reader, version: number) => Promise<void>;
}

/** Opens a database for writing, an SQLite file under its lock. Nothing in it is changed when this throws. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenDatabase> {
  const location = parseLocation(options.url);
  if (location.dialect === 'sqlite') return openSqlite(location.path, options);
  const database = new PostgresDatabase(location.url, options.onLost);
  try {
    const [mode] = await database.statement<{ read_only: string }>(
      `SELECT current_setting('transaction_read_only') AS read_only`,
      [],
    );
    if (mode?.read_only !== 'off') throw new StorageError('read_only', 'the PostgreSQL server is read-only');
    await inspect(database, 'postgres', options);
    return { database, close: () => database.close() };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openSqlite(path: string, options: OpenDatabaseOptions): Promise<OpenDatabase> {
  const lock = new SqliteLock(path);
  try {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > 0) await sqliteSnapshot(path, (reader) => inspect(reader, 'sqlite', options));
    const database = new SqliteDatabase(path);
    return {
      database,
      close: async () => {
        await database.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function inspect(
  reader: Reader,
  dialect: Database['dialect'],
  options: OpenDatabaseOptions,
): Promise<void> {
  const version = await schemaVersion(reader, dialect);
  assertKnownVersion(version);
  await options.inspect(reader, version);
}
