import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import {
  type BackupManifest,
  damaged,
  isEnd,
  isManifest,
  isTable,
  maxLineBytes,
  parseLine,
  parseRow,
} from './backup-format.ts';
import type { Value } from './database.ts';
import { StorageError } from './errors.ts';

export interface BackupRow {
  readonly table: string;
  readonly columns: readonly string[];
  readonly values: readonly Value[];
}

/**
 * The manifest, then the rows of a backup. Throws StorageError `damaged_backup` where it turns out not to be whole, which may be only
 * at its end, and `unreachable` where the file cannot be read.
 */
export async function* readBackup(path: string): AsyncIterable<BackupManifest | BackupRow> {
  const hash = createHash('sha256');
  let manifest: BackupManifest | undefined;
  let table: { readonly table: string; readonly columns: readonly string[] } | undefined;
  let rows = 0;
  let ended = false;
  for await (const line of linesOf(path)) {
    if (ended) throw damaged('it goes on after its end');
    const value = parseLine(line);
    if (isEnd(value)) {
      if (value.rows !== rows || value.sha256 !== hash.digest('hex'))
        throw damaged('its checksum is another');
      ended = true;
      continue;
    }
    hash.update(`${line}\n`);
    if (manifest === undefined) {
      if (!isManifest(value)) throw damaged('it has no manifest');
      manifest = value;
      yield manifest;
    } else if (isTable(value)) {
      table = value;
    } else {
      if (table === undefined) throw damaged('a row belongs to no table');
      rows += 1;
      yield { ...table, values: parseRow(value, table.columns.length) };
    }
  }
  if (!ended) throw damaged('it is cut off');
}

async function* linesOf(path: string): AsyncIterable<string> {
  let rest: Buffer = Buffer.alloc(0);
  const file = createReadStream(path);
  const unzipped = createGunzip();
  file.on('error', (error) => unzipped.destroy(error));
  file.pipe(unzipped);
  try {
    for await (const chunk of unzipped as AsyncIterable<Buffer>) {
      let start = 0;
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
        yield bytes.toString('utf8', start, end);
        start = end + 1;
      }
      rest = bytes.subarray(start);
      if (rest.length > maxLineBytes) throw damaged('a line is too long');
    }
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (error instanceof Error && error.message === 'incorrect header check')
      throw damaged('it is a file of another kind');
    if (code.startsWith('Z_')) throw damaged('its compression is broken or cut off');
    if (/^E[A-Z]+$/.test(code))
      throw new StorageError('unreachable', `${path} cannot be read (${code})`, error);
    throw error;
  } finally {
    file.destroy();
  }
  if (rest.length > 0) throw damaged('it is cut off');
}
