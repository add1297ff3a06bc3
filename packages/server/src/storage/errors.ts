/**
 * Why the storage could not be opened or used:
 * - `locked`: another process has this data directory
 * - `read_only`: the database or its folder cannot be written
 * - `newer_version`: it was written by a newer version of this program
 * - `wrong_master_key`: another master key sealed what is in it
 * - `unreachable`: no such server, database, file or permission
 * - `rolled_back`: it was put back to an earlier state while it was in use
 * - `corrupt`: it is not a database of this program, or damaged
 * - `conflict`: a row with this key is there already
 * - `unstorable`: a text holds a NUL character, which a database cannot keep
 * - `not_empty`: what should be restored into holds data
 * - `damaged_backup`: the backup is cut off or was changed
 * - `closed`: it was closed
 */
export type StorageErrorCode =
  | 'locked'
  | 'read_only'
  | 'newer_version'
  | 'wrong_master_key'
  | 'unreachable'
  | 'rolled_back'
  | 'corrupt'
  | 'conflict'
  | 'unstorable'
  | 'not_empty'
  | 'damaged_backup'
  | 'closed';

/** The message is one line for a person and holds no secret. */
export class StorageError extends Error {
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StorageError';
    this.code = code;
  }
}
