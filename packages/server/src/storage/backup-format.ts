import type { Value } from './database.ts';
import { StorageError } from './errors.ts';

/**
 * A backup is gzip over lines of JSON: a manifest; for each table its header, then a row a line as an array; and at the
 * end how many rows there are and the SHA-256 of every byte before that line.
 */
export interface BackupManifest {
  readonly format: 'mortise backup';
  readonly formatVersion: 1;
  readonly schemaVersion: number;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export interface BackupTable {
  readonly table: string;
  readonly columns: readonly string[];
}

export interface BackupEnd {
  readonly end: true;
  readonly rows: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** A line longer than this is no backup's. */
export const maxLineBytes = 64 * 2 ** 20;

/** Bytes stand as `{"base64":"…"}`. */
export function rowLine(values: readonly Value[]): string {
  return JSON.stringify(
    values.map((value) =>
      value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value,
    ),
  );
}

export function parseRow(parsed: unknown, columns: number): Value[] {
  if (!Array.isArray(parsed) || parsed.length !== columns)
    throw damaged('a row has another number of columns');
  return parsed.map((value: unknown): Value => {
    if (value === null || typeof value === 'string' || Number.isSafeInteger(value)) return value as Value;
    const base64 = (value as { base64?: unknown }).base64;
    if (typeof base64 === 'string') return Buffer.from(base64, 'base64');
    throw damaged('a row holds a value of no known kind');
  });
}

export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw damaged('a line is not JSON');
  }
}

export function isManifest(value: unknown): value is BackupManifest {
  const { format, formatVersion, schemaVersion } = (value ?? {}) as Record<string, unknown>;
  return format === 'mortise backup' && formatVersion === 1 && Number.isSafeInteger(schemaVersion);
}

export function isTable(value: unknown): value is BackupTable {
  const { table, columns } = (value ?? {}) as Record<string, unknown>;
  return isName(table) && Array.isArray(columns) && columns.length > 0 && columns.every(isName);
}

/** Names become part of statements, so they are held to this. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z][a-z0-9_]{0,62}$/.test(value);
}

export function isEnd(value: unknown): value is BackupEnd {
  const { end, rows, sha256 } = (value ?? {}) as Record<string, unknown>;
  return end === true && typeof rows === 'number' && typeof sha256 === 'string';
}

/** `restore` puts the name of the file before it. */
export function damaged(message: string): StorageError {
  return new StorageError('damaged_backup', `is not a whole backup: ${message}`);
}
