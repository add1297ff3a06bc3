import type { Transaction } from '../database.ts';

export type Mutex = 'authorities' | 'settings' | 'seals' | 'signing_keys';

/** Until the commit, no other node is past this line with the same name. On SQLite there is only one writer anyway. */
export async function holdMutex(transaction: Transaction, name: Mutex): Promise<void> {
  await transaction.all('SELECT name FROM mutexes WHERE name = ? FOR UPDATE', [name]);
}
