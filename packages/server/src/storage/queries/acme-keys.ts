import type { KeyUse, KnownKey } from '../../acme/index.ts';
import type { Database, Reader, Transaction } from '../database.ts';

/** What is known of a key. */
export async function readKey(reader: Reader, spkiSha256: string): Promise<KnownKey> {
  const [accounts, uses] = await Promise.all([
    reader.all('SELECT id FROM acme_accounts WHERE spki_sha256 = ? LIMIT 1', [spkiSha256]),
    reader.all<{ account_id: string | null; client_id: string | null; revocation_reason: string | null }>(
      `SELECT DISTINCT o.account_id, c.client_id, c.revocation_reason FROM certificates c
       LEFT JOIN acme_orders o ON o.certificate = c.fingerprint256 WHERE c.spki_sha256 = ?`,
      [spkiSha256],
    ),
  ]);
  return {
    ofAccount: accounts.length > 0,
    uses: uses.map(
      (row): KeyUse => ({
        ...(row.account_id === null ? {} : { accountId: row.account_id }),
        ...(row.client_id === null ? {} : { clientId: row.client_id }),
        ...(row.revocation_reason === null ? {} : { revocationReason: row.revocation_reason }),
      }),
    ),
  };
}

/**
 * What is known of a key, which stays so until the commit: no other node is past this line with the same key. A key has no row of its own that could be held. Comes before
 * whatever holds a row, so that two never wait for each other. On SQLite there is only one writer anyway.
 */
export async function holdKey(
  transaction: Transaction,
  dialect: Database['dialect'],
  spkiSha256: string,
): Promise<KnownKey> {
  // Sent together, done in this order: what is read is what was committed before the lock was had.
  const [, known] = await Promise.all([
    dialect === 'sqlite'
      ? undefined
      : transaction.all('SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', [spkiSha256]),
    readKey(transaction, spkiSha256),
  ]);
  return known;
}
