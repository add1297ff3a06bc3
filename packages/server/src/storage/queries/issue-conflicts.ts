import type { IssueAct, IssueConflict } from '../../authority/index.ts';
import type { Transaction } from '../database.ts';
import { placeholders } from '../statement-text.ts';

/** Holds the rows that a certificate rests on, its client's and its authority's, in one order on all nodes. */
export async function findConflicts(
  transaction: Transaction,
  acts: readonly IssueAct[],
): Promise<Map<IssueAct, IssueConflict>> {
  const clientIds = distinct(acts.map(({ certificate }) => certificate.clientId));
  const authorityIds = distinct(acts.map(({ certificate }) => certificate.authorityId));
  const keys = distinct(acts.map(({ certificate }) => certificate.spkiSha256));
  // Sent together, done in this order.
  const [clients, active, known] = await Promise.all([
    clientIds.length === 0
      ? []
      : transaction.all<{ client_id: string; status: string }>(
          `SELECT client_id, status FROM clients WHERE client_id IN (${placeholders(clientIds.length)})
           ORDER BY client_id FOR UPDATE`,
          clientIds,
        ),
    transaction.all<{ id: string }>(
      `SELECT id FROM authorities WHERE revoked_at IS NULL AND id IN (${placeholders(authorityIds.length)})
       ORDER BY id FOR SHARE`,
      authorityIds,
    ),
    transaction.all<{ spki_sha256: string }>(
      `SELECT spki_sha256 FROM certificates
       WHERE spki_sha256 IN (${placeholders(keys.length)}) AND revocation_reason = 'key_compromise'`,
      keys,
    ),
  ]);
  const statuses = new Map(clients.map(({ client_id, status }) => [client_id, status]));
  const issuers = new Set(active.map(({ id }) => id));
  const compromised = new Set(known.map(({ spki_sha256 }) => spki_sha256));
  const conflicts = new Map<IssueAct, IssueConflict>();
  for (const act of acts) {
    const { clientId, authorityId, spkiSha256 } = act.certificate;
    const status = clientId === undefined ? 'active' : statuses.get(clientId);
    if (status === undefined) conflicts.set(act, 'client_unknown');
    else if (status !== 'active') conflicts.set(act, 'client_not_active');
    else if (!issuers.has(authorityId)) conflicts.set(act, 'authority_revoked');
    else if (compromised.has(spkiSha256)) conflicts.set(act, 'key_compromised');
  }
  return conflicts;
}

/**
 * As `findConflicts`, for PostgreSQL and where none is expected: fails if there is one, see `isConflict`, so that nothing that is sent behind it is done.
 * Sends everything before it waits for any of it.
 */
export async function assertNoConflicts(transaction: Transaction, acts: readonly IssueAct[]): Promise<void> {
  const clientIds = distinct(acts.map(({ certificate }) => certificate.clientId));
  const authorityIds = distinct(acts.map(({ certificate }) => certificate.authorityId));
  const keys = distinct(acts.map(({ certificate }) => certificate.spkiSha256));
  await Promise.all([
    clientIds.length > 0 &&
      transaction.all(
        assertCount(
          clientIds.length,
          `SELECT client_id FROM clients WHERE status = 'active' AND client_id IN (${placeholders(clientIds.length)})
           ORDER BY client_id FOR UPDATE`,
        ),
        clientIds,
      ),
    transaction.all(
      assertCount(
        authorityIds.length,
        `SELECT id FROM authorities WHERE revoked_at IS NULL AND id IN (${placeholders(authorityIds.length)})
         ORDER BY id FOR SHARE`,
      ),
      authorityIds,
    ),
    transaction.all(
      assertCount(
        0,
        `SELECT spki_sha256 FROM certificates
         WHERE spki_sha256 IN (${placeholders(keys.length)}) AND revocation_reason = 'key_compromise'`,
      ),
      keys,
    ),
  ]);
}

/** A statement that fails unless a query has so many rows: a division is the one way to do that in plain SQL. */
function assertCount(count: number, query: string): string {
  return `SELECT 1 / CASE count(*) WHEN ${count} THEN 1 ELSE 0 END FROM (${query}) AS found`;
}

/** Whether something failed by `assertNoConflicts` (division_by_zero). */
export function isConflict(error: unknown): boolean {
  return (error as { code?: unknown }).code === '22012';
}

function distinct(ids: readonly (string | undefined)[]): string[] {
  return [...new Set(ids)].filter((id) => id !== undefined).sort();
}
