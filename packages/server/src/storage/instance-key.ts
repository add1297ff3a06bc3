import { randomBytes } from 'node:crypto';
import type { Reader, Transaction } from './database.ts';
import { StorageError } from './errors.ts';
import { type MasterKey, masterKeyBytes, passphraseSaltBytes, saveNewMasterKey } from './master-key.ts';
import { createSealer, type Sealer } from './sealer.ts';

const checkPurpose = 'check of the master key';
const checkText = 'mortise';
const checkName = 'master_key_check';
const saltName = 'passphrase_salt';

/** How a database knows the master key that it was made with. */
export interface InstanceKey {
  readonly sealer: Sealer;
  /** The salt of the passphrase, if it is one. */
  readonly salt: Buffer;
}

/**
 * The sealer of a database, after the proof that it was made with this master key. Throws StorageError
 * `wrong_master_key` otherwise. `undefined`: nothing has been made yet.
 */
export async function openInstanceKey(reader: Reader, masterKey: MasterKey): Promise<Sealer | undefined> {
  const settings = await reader.all<{ name: string; value: string }>(
    'SELECT name, value FROM settings WHERE name IN (?, ?)',
    [checkName, saltName],
  );
  const check = settings.find((setting) => setting.name === checkName);
  if (check === undefined) return undefined;
  if (masterKey.kind === 'new') {
    throw refused(
      `there is no master key: ${masterKey.path} is not there; give --master-key-file, MORTISE_MASTER_KEY or MORTISE_PASSPHRASE`,
    );
  }
  const salt = settings.find((setting) => setting.name === saltName);
  if (masterKey.kind === 'passphrase' && salt === undefined) {
    throw refused('the database was made with a master key, not with a passphrase');
  }
  const sealer = createSealer(await masterKeyBytes(masterKey, Buffer.from(salt?.value ?? '', 'base64url')));
  try {
    const opened = sealer.open(checkPurpose, Buffer.from(check.value, 'base64url'));
    if (opened.toString() === checkText) return sealer;
  } catch {
    // said below
  }
  throw refused('this is not the master key (or passphrase) that the database was made with');
}

/** Makes the sealer for a new database: derives what takes long before a transaction is open. */
export async function makeInstanceKey(masterKey: MasterKey): Promise<InstanceKey> {
  const salt = randomBytes(passphraseSaltBytes);
  return { sealer: createSealer(await masterKeyBytes(masterKey, salt)), salt };
}

/** Binds a new database to its master key, which is saved to its file first, if it is new. */
export async function bindInstanceKey(
  transaction: Transaction,
  masterKey: MasterKey,
  key: InstanceKey,
): Promise<void> {
  saveNewMasterKey(masterKey);
  const insert = 'INSERT INTO settings (name, value) VALUES (?, ?)';
  if (masterKey.kind === 'passphrase') {
    await transaction.run(insert, [saltName, key.salt.toString('base64url')]);
  }
  const check = key.sealer.seal(checkPurpose, Buffer.from(checkText));
  await transaction.run(insert, [checkName, check.toString('base64url')]);
}

function refused(message: string): StorageError {
  return new StorageError('wrong_master_key', message);
}
