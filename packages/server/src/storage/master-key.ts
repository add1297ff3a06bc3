import { randomBytes, scrypt } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { StorageError } from './errors.ts';

/**
 * What encrypts keys at rest: 32 bytes, or a passphrase from which they are derived with the salt kept in the database.
 * A `new` one is random, and becomes the file at `path` when a new database is made with it; it opens no other.
 */
export type MasterKey =
  | { readonly kind: 'key'; readonly bytes: Buffer }
  | { readonly kind: 'new'; readonly bytes: Buffer; readonly path: string }
  | { readonly kind: 'passphrase'; readonly passphrase: string };

export interface MasterKeySources {
  /** A file with the key, as from `master.key`. */
  readonly file?: string | undefined;
  /** The key itself, base64url (43 characters). */
  readonly value?: string | undefined;
  readonly passphrase?: string | undefined;
  /** Where `master.key` is made if no other source is given. */
  readonly dataDirectory?: string | undefined;
}

export interface LoadedMasterKey {
  readonly masterKey: MasterKey;
  /** The key lies beside the data that it protects: say so to the operator. */
  readonly besideData: boolean;
}

const keyBytes = 32;
const minPassphraseCharacters = 12;
/** 128 MiB and a third of a second for each guess (RFC 7914). */
const scryptCost = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 2 ** 20 } as const;
export const passphraseSaltBytes = 16;

/**
 * The master key from its one source: file, value, passphrase, or else `master.key` in the data directory, a new one if
 * it is not there. Writes nothing. Throws StorageError `wrong_master_key` where sources are several, unreadable or malformed.
 */
export function loadMasterKey(sources: MasterKeySources): LoadedMasterKey {
  const given = [sources.file, sources.value, sources.passphrase].filter((source) => source !== undefined);
  if (given.length > 1) throw refused('give the master key once: as a file, a value or a passphrase');
  if (sources.file !== undefined) return { masterKey: keyFromFile(sources.file), besideData: false };
  if (sources.value !== undefined) {
    return { masterKey: parseKey(sources.value, 'the master key given'), besideData: false };
  }
  if (sources.passphrase !== undefined) {
    if ([...sources.passphrase].length < minPassphraseCharacters) {
      throw refused(`the passphrase has fewer than ${minPassphraseCharacters} characters`);
    }
    return { masterKey: { kind: 'passphrase', passphrase: sources.passphrase }, besideData: false };
  }
  if (sources.dataDirectory === undefined) throw refused('no master key is given');
  const path = join(sources.dataDirectory, 'master.key');
  const masterKey: MasterKey = existsSync(path)
    ? keyFromFile(path)
    : { kind: 'new', bytes: randomBytes(keyBytes), path };
  return { masterKey, besideData: true };
}

/** The 32 bytes. `salt` counts for a passphrase alone. */
export async function masterKeyBytes(masterKey: MasterKey, salt: Uint8Array): Promise<Buffer> {
  if (masterKey.kind !== 'passphrase') return masterKey.bytes;
  return new Promise((resolve, reject) => {
    scrypt(masterKey.passphrase.normalize('NFC'), salt, keyBytes, scryptCost, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function keyFromFile(path: string): MasterKey {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw refused(`the master key file ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return parseKey(text, `the master key file ${path}`);
}

function parseKey(text: string, from: string): MasterKey {
  const trimmed = text.trim();
  const bytes = Buffer.from(trimmed, 'base64url');
  if (bytes.length !== keyBytes || bytes.toString('base64url') !== trimmed) {
    throw refused(`${from} is not ${keyBytes} bytes in base64url`);
  }
  return { kind: 'key', bytes };
}

/** Writes a new master key to its file (mode 0600), whole or not at all, and never over another. */
export function saveNewMasterKey(masterKey: MasterKey): void {
  if (masterKey.kind !== 'new') return;
  const { path, bytes } = masterKey;
  const partial = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = openSync(partial, 'wx', 0o600);
    try {
      writeSync(file, `${bytes.toString('base64url')}\n`);
      fsyncSync(file);
      linkSync(partial, path);
    } finally {
      closeSync(file);
      unlinkSync(partial);
    }
    const directory = openSync(dirname(path), 'r');
    fsyncSync(directory);
    closeSync(directory);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') throw refused(`another process has just made ${path}: start again`);
    if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
      throw new StorageError('read_only', `${path} cannot be written`, error);
    }
    throw new StorageError('unreachable', `${path} cannot be written (${code})`, error);
  }
}

function refused(message: string): StorageError {
  return new StorageError('wrong_master_key', message);
}
