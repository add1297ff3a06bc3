import { StorageError } from './errors.ts';

interface SqliteFailure extends Error {
  readonly code: 'ERR_SQLITE_ERROR';
  /** The extended result code. */
  readonly errcode: number;
}

function isSqliteFailure(error: unknown): error is SqliteFailure {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

/** Turns SQLite's result codes into ours; whatever else it is comes back as it was. */
export function sqliteError(error: unknown): unknown {
  if (!isSqliteFailure(error)) return error;
  switch (error.errcode & 0xff) {
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
      return new StorageError('locked', 'the database is locked by another process', error);
    case 8: // SQLITE_READONLY
      return new StorageError('read_only', 'the database cannot be written', error);
    case 11: // SQLITE_CORRUPT
      return new StorageError('corrupt', 'the database is damaged', error);
    case 26: // SQLITE_NOTADB
      return new StorageError('corrupt', 'the file is not a database', error);
    case 13: // SQLITE_FULL
      return new StorageError('unreachable', 'the disk is full', error);
    case 14: // SQLITE_CANTOPEN
      return new StorageError('unreachable', 'the database file cannot be opened', error);
    case 10: // SQLITE_IOERR
      return new StorageError('unreachable', 'the disk failed', error);
    case 19: // SQLITE_CONSTRAINT
      // 1555 primary key, 2067 unique; the others are mistakes of this program.
      if (error.errcode === 1555 || error.errcode === 2067) {
        return new StorageError('conflict', 'a row with this key is there already', error);
      }
      return error;
    default:
      return error;
  }
}
