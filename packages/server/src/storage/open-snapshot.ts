import { existsSync } from 'node:fs';
import type { Database, SnapshotReader } from './database.ts';
import { StorageError } from './errors.ts';
import { parseLocation } from './location.ts';
import { assertKnownVersion, schemaVersion } from './migrate.ts';
import { PostgresDatabase } from './postgres.ts';
import { sqliteSnapshot } from './sqlite.ts';

/** What is read of a database that may be in use by a running server. */
export interface Snapshot {
  readonly reader: SnapshotReader;
  readonly dialect: Database['dialect'];
  readonly schemaVersion: number;
}

/**
 * Reads one moment of a database, whoever else uses it, and changes nothing. Throws StorageError `unreachable`, `corrupt`
 * or `newer_version`.
 */
export async function withSnapshot<Result>(
  url: string,
  work: (snapshot: Snapshot) => Promise<Result>,
): Promise<Result> {
  const location = parseLocation(url);
  if (location.dialect === 'sqlite') {
    if (!existsSync(location.path)) throw new StorageError('unreachable', `${location.path} is not there`);
    return sqliteSnapshot(location.path, (reader) => inspected(reader, 'sqlite', work));
  }
  const database = new PostgresDatabase(location.url, () => {});
  try {
    return await database.snapshot((reader) => inspected(reader, 'postgres', work));
  } finally {
    await database.close();
  }
}

async function inspected<Result>(
  reader: SnapshotReader,
  dialect: Database['dialect'],
  work: (snapshot: Snapshot) => Promise<Result>,
): Promise<Result> {
  const version = await schemaVersion(reader, dialect);
  if (version === 0) throw new StorageError('corrupt', 'the database is empty');
  assertKnownVersion(version);
  return work({ reader, dialect, schemaVersion: version });
}
