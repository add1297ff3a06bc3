import {
  neverRecalled,
  type Recall,
  type RecalledCertificate,
  type RecallFilter,
  type RecallPage,
  type RecallStore,
  type ReplacementState,
} from '../../authority/index.ts';
import type { EventDraft } from '../../events/index.ts';
import { type Acts, undo } from '../acts.ts';
import type { Value } from '../database.ts';
import { placeholders } from '../statement-text.ts';
import { type CertificateRow, certificateFromRow } from './certificate-rows.ts';
import { storable } from './storable.ts';

interface RecallRow {
  id: string;
  filter: string;
  explanation_url: string | null;
  created_at: number;
  created_by: string;
  ended_at: number | null;
}

const columns = 'id, filter, explanation_url, created_at, created_by, ended_at';

/** Recalls, and what became of the certificates that they are about. */
export class RecallQueries implements RecallStore {
  readonly #acts: Acts;

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  addRecall(recall: Recall, event: EventDraft): Promise<void> {
    return this.#acts.act(async (transaction) => {
      await transaction.run(`INSERT INTO recalls (${columns}) VALUES (?, ?, ?, ?, ?, ?)`, [
        recall.id,
        JSON.stringify(recall.filter),
        recall.explanationUrl ?? null,
        recall.createdAt,
        recall.createdBy,
        recall.endedAt ?? null,
      ]);
      return { events: [event], outcome: () => undefined };
    });
  }

  async endRecall(act: { readonly id: string; readonly at: number }, event: EventDraft): Promise<boolean> {
    if (!storable(act.id)) return false;
    return this.#acts.act(async (transaction) => {
      const ended = await transaction.run(
        'UPDATE recalls SET ended_at = ? WHERE id = ? AND ended_at IS NULL',
        [act.at, act.id],
      );
      if (ended === 0) undo(false);
      return { events: [event], outcome: () => true };
    });
  }

  async findRecall(id: string): Promise<Recall | undefined> {
    if (!storable(id)) return undefined;
    const [row] = await this.#acts.database.all<RecallRow>(`SELECT ${columns} FROM recalls WHERE id = ?`, [
      id,
    ]);
    return row === undefined ? undefined : recallFromRow(row);
  }

  async listRecalls(underWay: boolean): Promise<Recall[]> {
    const rows = await this.#acts.database.all<RecallRow>(
      `SELECT ${columns} FROM recalls ${underWay ? 'WHERE ended_at IS NULL ' : ''}ORDER BY created_at DESC, id`,
    );
    return rows.map(recallFromRow);
  }

  async countRecalled(page: RecallPage): ReturnType<RecallStore['countRecalled']> {
    const counts = { replaced: 0, revoked: 0, expired: 0, outstanding: 0 };
    if (!storable(page.after ?? '')) return { counts };
    const { sql, values } = recalled(page, 'c.fingerprint256');
    const rows = await this.#acts.database.all<{ state: ReplacementState; count: number; last: string }>(
      `SELECT state, count(*) AS count, max(fingerprint256) AS last FROM (${sql}) recalled GROUP BY state`,
      values,
    );
    let looked = 0;
    let next = '';
    for (const { state, count, last } of rows) {
      counts[state] = count;
      looked += count;
      if (last > next) next = last;
    }
    return looked < page.limit ? { counts } : { counts, next };
  }

  async listRecalled(page: RecallPage): Promise<RecalledCertificate[]> {
    if (!storable(page.after ?? '')) return [];
    const { sql, values } = recalled(page, 'c.*');
    const rows = await this.#acts.database.all<CertificateRow & { state: ReplacementState }>(sql, values);
    return rows.map((row) => ({ certificate: certificateFromRow(row), state: row.state }));
  }
}

/** What is revoked, by itself or with its authority, replaces nothing. */
const good = `s.revoked_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM authorities sa WHERE sa.id = s.authority_id AND sa.revoked_at IS NOT NULL)`;

/** What tells that `s` comes after `c` in its lineage, but for how it is found. */
const succeeds = `s.issued_at > ? AND ${good} AND s.profile = c.profile AND s.names = c.names`;

/**
 * The certificates that were good when the recall was made, each with its state. What replaces one was issued since: one
 * that is as old is recalled itself.
 */
function recalled(
  { recall, at, after = '', limit }: RecallPage,
  selected: string,
): { sql: string; values: Value[] } {
  const { createdAt } = recall;
  const { conditions, values } = filterConditions(recall.filter);
  return {
    sql: `SELECT ${selected}, CASE
          WHEN EXISTS (
            SELECT 1 FROM acme_orders o JOIN certificates s ON s.fingerprint256 = o.certificate
            WHERE o.replaces = c.fingerprint256 AND s.issued_at > ? AND ${good}
          ) THEN 'replaced'
          WHEN c.client_id IS NOT NULL AND EXISTS (
            SELECT 1 FROM certificates s WHERE s.client_id = c.client_id AND ${succeeds}
          ) THEN 'replaced'
          WHEN c.client_id IS NULL AND EXISTS (
            SELECT 1 FROM certificates s
            WHERE s.client_id IS NULL AND substr(s.names, 1, 255) = substr(c.names, 1, 255) AND ${succeeds}
          ) THEN 'replaced'
          WHEN c.revoked_at IS NOT NULL OR a.revoked_at IS NOT NULL THEN 'revoked'
          WHEN c.not_after <= ? THEN 'expired'
          ELSE 'outstanding' END AS state
      FROM certificates c JOIN authorities a ON a.id = c.authority_id
      WHERE c.fingerprint256 > ? AND c.issued_at <= ? AND c.not_after > ?
        AND (c.revoked_at IS NULL OR c.revoked_at > ?) AND (a.revoked_at IS NULL OR a.revoked_at > ?)
        AND c.profile NOT IN (${placeholders(neverRecalled.length)}) ${conditions.map((condition) => `AND ${condition}`).join(' ')}
      ORDER BY c.fingerprint256 LIMIT ?`,
    values: [
      ...[createdAt, createdAt, createdAt, at],
      ...[after, createdAt, createdAt, createdAt, createdAt, ...neverRecalled],
      ...values,
      limit,
    ],
  };
}

function filterConditions(filter: RecallFilter): { conditions: string[]; values: Value[] } {
  const { authorityIds, profile, issuedFrom, issuedUntil } = filter;
  const conditions: string[] = [];
  const values: Value[] = [];
  if (authorityIds !== undefined) {
    conditions.push(`c.authority_id IN (${placeholders(authorityIds.length)})`);
    values.push(...authorityIds);
  }
  for (const [condition, value] of [
    ['c.profile = ?', profile],
    ['c.issued_at >= ?', issuedFrom],
    ['c.issued_at < ?', issuedUntil],
  ] as const) {
    if (value === undefined) continue;
    conditions.push(condition);
    values.push(value);
  }
  return { conditions, values };
}

function recallFromRow(row: RecallRow): Recall {
  return {
    id: row.id,
    filter: JSON.parse(row.filter) as RecallFilter,
    ...(row.explanation_url === null ? {} : { explanationUrl: row.explanation_url }),
    createdAt: row.created_at,
    createdBy: row.created_by,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}
