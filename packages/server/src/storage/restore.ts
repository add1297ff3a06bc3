import { resolve } from 'node:path';
import type { BackupManifest } from './backup-format.ts';
import { damaged } from './backup-format.ts';
import { type BackupRow, readBackup } from './backup-reader.ts';
import type { Transaction, Value } from './database.ts';
import { StorageError } from './errors.ts';
import { beginHistory } from './history.ts';
import { locationText } from './location.ts';
import { assertKnownVersion, migrate } from './migrate.ts';
import { tables } from './migrations/index.ts';
import { openDatabase } from './open-database.ts';
import { placeholders } from './statement-text.ts';

/** How many values one statement takes; both databases take more. */
const maxValues = 2_000;

export interface RestoreOptions {
  /** The backup. */
  readonly path: string;
  /** `sqlite:<path>` or `postgres://…`: an empty database, of whichever kind. */
  readonly url: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface RestoreResult {
  readonly schemaVersion: number;
  /** When the backup was made, epoch milliseconds. */
  readonly createdAt: number;
  readonly rows: number;
}

/**
 * Fills an empty database from a backup, in one transaction, after the whole backup was checked. A server then opens it with
 * the master key of the one that was backed up. Throws StorageError, with nothing changed: `damaged_backup`, `newer_version`,
 * `not_empty`, and what opening a database throws.
 */
export async function restore(options: RestoreOptions): Promise<RestoreResult> {
  const path = resolve(options.path);
  const checked = await check(path).catch((error: unknown) => {
    if (!(error instanceof StorageError) || error.code !== 'damaged_backup') throw error;
    throw new StorageError(error.code, `${path} ${error.message}`, error);
  });
  const { database, close } = await openDatabase({
    url: options.url,
    onLost: () => {},
    inspect: async (_, version) => {
      if (version > 0) {
        throw new StorageError(
          'not_empty',
          `${locationText(options.url)} is not empty; a backup is restored into an empty database`,
        );
      }
    },
  });
  try {
    const version = checked.manifest.schemaVersion;
    await migrate(
      database,
      options.now,
      async (transaction) => {
        await fill(transaction, path);
        await beginHistory(transaction);
        if (database.dialect === 'postgres') await resumeSequences(transaction);
      },
      version,
    );
    return { schemaVersion: version, createdAt: checked.manifest.createdAt, rows: checked.rows };
  } finally {
    await close();
  }
}

/** Reads all of it, so that nothing is begun with a damaged one. */
async function check(path: string): Promise<{ manifest: BackupManifest; rows: number }> {
  let manifest: BackupManifest | undefined;
  let rows = 0;
  for await (const item of readBackup(path)) {
    if ('format' in item) {
      manifest = item;
      assertKnownVersion(item.schemaVersion);
      continue;
    }
    if (!tables.includes(item.table)) throw damaged(`it has a table "${item.table}"`);
    rows += 1;
  }
  if (manifest === undefined) throw damaged('it is empty');
  return { manifest, rows };
}

async function fill(transaction: Transaction, path: string): Promise<void> {
  let batch: BackupRow[] = [];
  for await (const item of readBackup(path)) {
    if ('format' in item) continue;
    const first = batch[0];
    const full = first !== undefined && (batch.length + 1) * first.columns.length > maxValues;
    if (full || first?.table !== item.table) {
      await insert(transaction, batch);
      batch = [];
    }
    batch.push(item);
  }
  await insert(transaction, batch);
}

/** A full batch by one statement; what is left of a table row by row, so that few texts are prepared. */
async function insert(transaction: Transaction, batch: readonly BackupRow[]): Promise<void> {
  const first = batch[0];
  if (first === undefined) return;
  const { table, columns } = first;
  const row = `(${placeholders(columns.length)})`;
  const into = `INSERT INTO ${table} (${columns.join(', ')}) VALUES `;
  if ((batch.length + 1) * columns.length > maxValues) {
    const text = into + new Array<string>(batch.length).fill(row).join(', ');
    await transaction.run(
      text,
      batch.flatMap((item): readonly Value[] => item.values),
    );
    return;
  }
  for (const item of batch) await transaction.run(into + row, item.values);
}

/** SQLite goes on after the highest row by itself. */
async function resumeSequences(transaction: Transaction): Promise<void> {
  for (const [table, column] of [
    ['events', 'sequence'],
    ['assertion_uses', 'id'],
  ]) {
    await transaction.all(
      `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), max(${column})) FROM ${table} HAVING count(*) > 0`,
    );
  }
}
