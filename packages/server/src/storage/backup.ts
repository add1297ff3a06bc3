import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type BackupEnd, type BackupManifest, type BackupTable, rowLine } from './backup-format.ts';
import type { SnapshotReader, Value } from './database.ts';
import { StorageError } from './errors.ts';
import { tableNames } from './migrate.ts';
import { tables } from './migrations/index.ts';
import { withSnapshot } from './open-snapshot.ts';

const pageRows = 500;

export interface BackupOptions {
  /** `sqlite:<path>` or `postgres://…`; a server may be running on it. */
  readonly url: string;
  /** Replaced, if it is there, when the backup is whole. Mode 0600. */
  readonly path: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface BackupResult {
  readonly schemaVersion: number;
  readonly rows: number;
}

/**
 * Writes one moment of a database to a file; one of an older schema as it is. Keys in it stay sealed: the master key, without which it cannot be used, is
 * left out. Throws StorageError `unreachable`, `corrupt`, `newer_version`, or `read_only` for the file.
 */
export async function backup(options: BackupOptions): Promise<BackupResult> {
  const path = resolve(options.path);
  const partial = `${path}.${randomBytes(6).toString('hex')}.partial`;
  return withSnapshot(options.url, async ({ reader, dialect, schemaVersion }) => {
    const present = await tableNames(reader, dialect);
    const file = await createFile(partial, path);
    try {
      const manifest: BackupManifest = {
        format: 'mortise backup',
        formatVersion: 1,
        schemaVersion,
        createdAt: options.now,
      };
      const counted = { rows: 0 };
      await pipeline(
        Readable.from(
          lines(
            reader,
            tables.filter((table) => present.includes(table)),
            manifest,
            counted,
          ),
        ),
        createGzip(),
        async (chunks: AsyncIterable<Buffer>) => {
          for await (const chunk of chunks) await file.appendFile(chunk);
        },
      );
      await file.sync();
      await file.close();
      await rename(partial, path);
      await syncFolder(dirname(path));
      return { schemaVersion, rows: counted.rows };
    } catch (error) {
      await file.close().catch(() => {});
      await unlink(partial).catch(() => {});
      throw error;
    }
  });
}

async function* lines(
  reader: SnapshotReader,
  names: readonly string[],
  manifest: BackupManifest,
  counted: { rows: number },
): AsyncIterable<string> {
  const hash = createHash('sha256');
  const hashed = (text: string): string => {
    hash.update(text);
    return text;
  };
  yield hashed(`${JSON.stringify(manifest)}\n`);
  for (const table of names) {
    let columns: string[] | undefined;
    for await (const page of reader.pages<Record<string, Value>>(`SELECT * FROM ${table}`, pageRows)) {
      let text = '';
      if (columns === undefined) {
        columns = Object.keys(page[0] as object);
        text = `${JSON.stringify({ table, columns } satisfies BackupTable)}\n`;
      }
      for (const row of page) text += `${rowLine(columns.map((name) => row[name] as Value))}\n`;
      counted.rows += page.length;
      yield hashed(text);
    }
  }
  const end: BackupEnd = { end: true, rows: counted.rows, sha256: hash.digest('hex') };
  yield `${JSON.stringify(end)}\n`;
}

async function createFile(partial: string, path: string): Promise<FileHandle> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new StorageError('unreachable', `${path} is a folder: name a file in it`);
  try {
    return await open(partial, 'wx', 0o600);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const readOnly = code === 'EROFS' || code === 'EACCES' || code === 'EPERM';
    throw new StorageError(
      readOnly ? 'read_only' : 'unreachable',
      `${path} cannot be written (${code})`,
      error,
    );
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
