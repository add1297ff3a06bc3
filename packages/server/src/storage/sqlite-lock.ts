import { accessSync, closeSync, constants, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { StorageError } from './errors.ts';
import { SqliteConnection } from './sqlite-connection.ts';

/**
 * Keeps a second process off an SQLite file for as long as this one lives. It is a lock of the kernel on `<path>.lock`,
 * an empty SQLite database, so that `kill -9` frees it and no stale file ever blocks a start.
 */
export class SqliteLock {
  readonly #connection: SqliteConnection;

  /** Throws StorageError `locked` at once where another has it. */
  constructor(path: string) {
    createPrivateFile(`${path}.lock`);
    this.#connection = new SqliteConnection(`${path}.lock`, { readOnly: false });
    try {
      this.#connection.execute('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    } catch (error) {
      this.#connection.close();
      if (error instanceof StorageError && error.code === 'locked') {
        throw new StorageError('locked', `${path} is in use by another process`, error);
      }
      throw error;
    }
  }

  release(): void {
    this.#connection.close();
  }
}

/** Makes an empty file for its owner alone, where none is; SQLite gives the files beside it the same mode. */
export function createPrivateFile(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK);
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
      throw new StorageError('read_only', `${path} cannot be written`, error);
    }
    throw new StorageError('unreachable', `${path} cannot be opened (${code})`, error);
  }
}
