import type { LineageEntry, LineageStore } from '../../authority/index.ts';
import type { Database } from '../database.ts';
import { placeholders } from '../statement-text.ts';
import { type CertificateRow, certificateColumns, certificateFromRow } from './certificate-rows.ts';
import { storable } from './storable.ts';

type EntryRow = CertificateRow & {
  account_id: string | null;
  replaces: string | null;
  last_used_at: number | null;
  last_seen_at: number | null;
  live_tokens: number | null;
};

const columns = certificateColumns
  .split(',')
  .map((column) => `c.${column.trim()}`)
  .join(', ');

/** Certificates of clients with what their succession is told by. */
export class LineageQueries implements LineageStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async entriesOf(query: Parameters<LineageStore['entriesOf']>[0]): Promise<LineageEntry[]> {
    const { at, perClient } = query;
    const clientIds = query.clientIds.filter(storable);
    if (clientIds.length === 0) return [];
    const these = `client_id IN (${placeholders(clientIds.length)})`;
    // With both a secret and the certificate, a token is counted for each credential: hence the greatest, not the sum.
    const rows = await this.#database.all<EntryRow>(
      `SELECT ${columns}, o.account_id, o.replaces, u.last_used_at, s.last_seen_at, t.live_tokens
       FROM (
         SELECT ${certificateColumns}, row_number() OVER (
           PARTITION BY client_id ORDER BY issued_at DESC, fingerprint256
         ) AS place FROM certificates WHERE ${these}
       ) c
       LEFT JOIN acme_orders o ON o.certificate = c.fingerprint256
       LEFT JOIN (
         SELECT client_id, thumbprint, max(last_used_at) AS last_used_at
         FROM credential_uses WHERE ${these} GROUP BY client_id, thumbprint
       ) u ON u.client_id = c.client_id AND u.thumbprint = c.x5t
       LEFT JOIN (
         SELECT x5t, max(last_seen_at) AS last_seen_at FROM sightings WHERE ${these} GROUP BY x5t
       ) s ON s.x5t = c.x5t
       LEFT JOIN (
         SELECT client_id, thumbprint, max(count) AS live_tokens FROM (
           SELECT client_id, thumbprint, credential_id, CAST(sum(count) AS BIGINT) AS count
           FROM token_ends WHERE ${these} AND ends_at > ? GROUP BY client_id, thumbprint, credential_id
         ) each_credential GROUP BY client_id, thumbprint
       ) t ON t.client_id = c.client_id AND t.thumbprint = c.x5t
       WHERE c.place <= ? ORDER BY c.client_id, c.issued_at, c.fingerprint256`,
      [...clientIds, ...clientIds, ...clientIds, ...clientIds, at, perClient],
    );
    return rows.map(entryFromRow);
  }
}

function entryFromRow(row: EntryRow): LineageEntry {
  return {
    certificate: certificateFromRow(row) as LineageEntry['certificate'],
    ...(row.account_id === null ? {} : { accountId: row.account_id }),
    ...(row.replaces === null ? {} : { replaces: row.replaces }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
    ...(row.last_seen_at === null ? {} : { lastSeenAt: row.last_seen_at }),
    liveTokens: row.live_tokens ?? 0,
  };
}
