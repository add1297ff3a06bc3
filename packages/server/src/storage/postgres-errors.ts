import pg from 'pg';
import { StorageError } from './errors.ts';

/** Of sockets and of TLS: system errors, what OpenSSL says of a connection, and what is wrong with the server's certificate. */
const lostCode = /^(?:E[A-Z]+|ERR_(?:SSL|TLS|STREAM|SOCKET)_.+|[A-Z_]*CERT[A-Z_]*|UNABLE_TO_[A-Z_]+)$/;

/** Turns PostgreSQL's SQLSTATEs and the sockets' errors into ours; whatever else it is comes back as it was. */
export function postgresError(error: unknown): unknown {
  if (error instanceof StorageError || !(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error instanceof pg.DatabaseError) {
    if (code === '23505') return new StorageError('conflict', 'a row with this key is there already', error);
    if (code === '25006' || code === '42501') {
      return new StorageError('read_only', `the database cannot be written: ${error.message}`, error);
    }
    if (code === '22021') return new StorageError('unstorable', 'a text holds a NUL character', error);
    // 08 connection, 28 authorization, 3D no such database, 53 resources, 57P the server stops or starts
    if (/^(?:08|28|3D|53|57P)/.test(code)) {
      return new StorageError('unreachable', `PostgreSQL refused: ${error.message}`, error);
    }
    if (code.startsWith('XX')) return new StorageError('corrupt', `PostgreSQL: ${error.message}`, error);
    return error;
  }
  if (lostCode.test(code) || /connection|timeout|SASL/i.test(error.message)) {
    return new StorageError('unreachable', `PostgreSQL cannot be reached: ${error.message || code}`, error);
  }
  return error;
}

/** Whether the same transaction may succeed when it is tried again: deadlock or serialization failure. */
export function isTransient(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40P01' || error.code === '40001');
}
