import { randomBytes } from 'node:crypto';
import type { Reader, Transaction } from './database.ts';

const settingName = 'history';

/**
 * Which numbering the sequences of events belong to. A restored database counts on from the backup, and so gives numbers to other acts than
 * those which had them when something was lost: whoever remembers a sequence has to remember this, too.
 */
export async function readHistory(reader: Reader): Promise<string | undefined> {
  const [row] = await reader.all<{ value: string }>('SELECT value FROM settings WHERE name = ?', [
    settingName,
  ]);
  return row?.value;
}

/** In the transaction that restores a backup. */
export async function beginHistory(transaction: Transaction): Promise<void> {
  await transaction.run(
    'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    [settingName, randomBytes(16).toString('base64url')],
  );
}
