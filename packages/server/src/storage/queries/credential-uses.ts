import type { CredentialUseCount, CredentialUseStore } from '../../clients/index.ts';
import type { Database } from '../database.ts';
import { storable } from './storable.ts';

interface UseRow {
  credential_id: string;
  thumbprint: string;
  scope: string;
  client_id: string;
  last_used_at: number;
  count: number;
}

/** How often and when credentials were used. */
export class CredentialUseQueries implements CredentialUseStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async record(uses: readonly CredentialUseCount[]): Promise<void> {
    if (uses.length === 0) return;
    // In one order on all nodes, so that two flushes wait for each other and never in a circle.
    const ordered = [...uses].sort((a, b) => compare(key(a), key(b)));
    await this.#database.transact(async (transaction) => {
      for (const use of ordered) {
        await transaction.run(
          `INSERT INTO credential_uses (credential_id, thumbprint, scope, client_id, last_used_at, count)
           VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (credential_id, thumbprint, scope) DO UPDATE SET
             last_used_at = CASE WHEN credential_uses.last_used_at > excluded.last_used_at
               THEN credential_uses.last_used_at ELSE excluded.last_used_at END,
             count = credential_uses.count + excluded.count`,
          [use.credentialId, use.thumbprint, use.scope, use.clientId, use.lastUsedAt, use.count],
        );
      }
    });
  }

  async ofClient(clientId: string): Promise<CredentialUseCount[]> {
    if (!storable(clientId)) return [];
    const rows = await this.#database.all<UseRow>(
      `SELECT credential_id, thumbprint, scope, client_id, last_used_at, count FROM credential_uses
       WHERE client_id = ? ORDER BY credential_id, thumbprint, scope`,
      [clientId],
    );
    return rows.map((row) => ({
      clientId: row.client_id,
      credentialId: row.credential_id,
      thumbprint: row.thumbprint,
      scope: row.scope,
      lastUsedAt: row.last_used_at,
      count: row.count,
    }));
  }
}

function key(use: CredentialUseCount): string {
  return `${use.credentialId} ${use.thumbprint} ${use.scope}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
