import type { CredentialUseCount, CredentialUseStore } from '../../clients/index.ts';
import type { Database, Transaction } from '../database.ts';
import { storable } from './storable.ts';

interface UseRow {
  credential_id: string;
  thumbprint: string;
  scope: string;
  client_id: string;
  last_used_at: number;
  count: number;
}

/** How many rows one statement takes. */
const maxRows = 50;
/** Ends are rounded up: to a minute, or to this share of the tokens' lifetime. */
const slots = { shortestMs: 60_000, ofLifetime: 16 };

/** How often and when credentials were used. */
export class CredentialUseQueries implements CredentialUseStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async record(uses: readonly CredentialUseCount[]): Promise<void> {
    const merged = inOrder(uses);
    if (merged.length === 0) return;
    await this.#database.transact(async (transaction) => {
      for (let start = 0; start < merged.length; start += maxRows) {
        const rows = merged.slice(start, start + maxRows);
        await transaction.run(
          `INSERT INTO credential_uses (credential_id, thumbprint, scope, client_id, last_used_at, count)
           VALUES ${rows.map(() => '(?, ?, ?, ?, ?, ?)').join(', ')}
           ON CONFLICT (credential_id, thumbprint, scope) DO UPDATE SET
             last_used_at = CASE WHEN credential_uses.last_used_at > excluded.last_used_at
               THEN credential_uses.last_used_at ELSE excluded.last_used_at END,
             count = credential_uses.count + excluded.count`,
          rows.flatMap((use) => [
            use.credentialId,
            use.thumbprint,
            use.scope,
            use.clientId,
            use.lastUsedAt,
            use.count,
          ]),
        );
      }
      await addTokens(transaction, merged);
    });
  }

  async forgetEndedTokens(at: number): Promise<number> {
    return this.#database.transact((transaction) =>
      transaction.run('DELETE FROM token_ends WHERE ends_at <= ?', [at]),
    );
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

/**
 * Each row once, as one statement takes it, and in one order on all nodes, so that two flushes wait for each other and never
 * in a circle.
 */
function inOrder(uses: readonly CredentialUseCount[]): CredentialUseCount[] {
  const rows = new Map<string, CredentialUseCount>();
  for (const use of uses) {
    const key = JSON.stringify([use.credentialId, use.thumbprint, use.scope]);
    const known = rows.get(key);
    rows.set(
      key,
      known === undefined
        ? use
        : {
            ...use,
            lastUsedAt: Math.max(use.lastUsedAt, known.lastUsedAt),
            count: use.count + known.count,
            ...laterEnd(use, known),
          },
    );
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, use]) => use);
}

/** Tokens that are bound to a certificate, by when they end. */
async function addTokens(transaction: Transaction, uses: readonly CredentialUseCount[]): Promise<void> {
  const rows = new Map<string, [...key: (string | number)[], count: number]>();
  for (const { credentialId, thumbprint, clientId, lastUsedAt, count, tokensEndAt } of uses) {
    if (thumbprint === '' || tokensEndAt === undefined) continue;
    const widthMs = Math.max(slots.shortestMs, Math.ceil((tokensEndAt - lastUsedAt) / slots.ofLifetime));
    const endsAt = Math.ceil(tokensEndAt / widthMs) * widthMs;
    const key = JSON.stringify([credentialId, thumbprint, endsAt]);
    const known = rows.get(key)?.at(-1) ?? 0;
    rows.set(key, [credentialId, thumbprint, endsAt, clientId, count + Number(known)]);
  }
  const values = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  for (let start = 0; start < values.length; start += maxRows) {
    const some = values.slice(start, start + maxRows);
    await transaction.run(
      `INSERT INTO token_ends (credential_id, thumbprint, ends_at, client_id, count)
       VALUES ${some.map(() => '(?, ?, ?, ?, ?)').join(', ')}
       ON CONFLICT (credential_id, thumbprint, ends_at) DO UPDATE SET count = token_ends.count + excluded.count`,
      some.flat(),
    );
  }
}

function laterEnd(one: CredentialUseCount, other: CredentialUseCount): { tokensEndAt?: number } {
  const tokensEndAt = Math.max(one.tokensEndAt ?? 0, other.tokensEndAt ?? 0);
  return tokensEndAt === 0 ? {} : { tokensEndAt };
}
