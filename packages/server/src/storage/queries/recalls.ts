import type {
  Recall,
  RecalledCertificate,
  RecallFilter,
  RecallStore,
  ReplacementState,
} from '../../authority/index.ts';
import type { EventDraft } from '../../events/index.ts';
import { type Acts, undo } from '../acts.ts';
import type { Value } from '../database.ts';
import { placeholders } from '../statement-text.ts';
import { type CertificateRow, certificateColumns, certificateFromRow } from './certificate-rows.ts';
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

  async countRecalled(
    query: Parameters<RecallStore['countRecalled']>[0],
  ): Promise<Readonly<Record<ReplacementState, number>>> {
    const { sql, values } = recalled(query, 'c.fingerprint256');
    const rows = await this.#acts.database.all<{ state: ReplacementState; count: number }>(
      `${sql.with} SELECT state, count(*) AS count FROM (${sql.select}) recalled GROUP BY state`,
      values,
    );
    const counts = { replaced: 0, revoked: 0, expired: 0, outstanding: 0 };
    for (const { state, count } of rows) counts[state] = count;
    return counts;
  }

  async listRecalled(page: Parameters<RecallStore['listRecalled']>[0]): Promise<RecalledCertificate[]> {
    const { after = '', state, limit } = page;
    if (!storable(after)) return [];
    const { sql, values } = recalled(page, 'c.*');
    const rows = await this.#acts.database.all<CertificateRow & { state: ReplacementState }>(
      `${sql.with} SELECT ${certificateColumns}, state FROM (${sql.select}) recalled
       WHERE fingerprint256 > ? ${state === undefined ? '' : 'AND state = ?'} ORDER BY fingerprint256 LIMIT ?`,
      [...values, after, ...(state === undefined ? [] : [state]), limit],
    );
    return rows.map((row) => ({ certificate: certificateFromRow(row), state: row.state }));
  }
}

/**
 * The certificates that were good when the recall was made, each with its state. What replaces one was issued since: one
 * that is as old is recalled itself.
 */
function recalled(
  { recall, at }: { readonly recall: Recall; readonly at: number },
  selected: string,
): { sql: { with: string; select: string }; values: Value[] } {
  const { createdAt } = recall;
  const { conditions, values } = filterConditions(recall.filter);
  return {
    sql: {
      with: `WITH successors AS (
          SELECT DISTINCT profile, coalesce(client_id, '') AS client, names FROM certificates
          WHERE issued_at > ? AND revoked_at IS NULL
        ), orders AS (
          SELECT DISTINCT o.replaces AS fingerprint FROM certificates n JOIN acme_orders o ON o.certificate = n.fingerprint256
          WHERE n.issued_at > ? AND o.replaces IS NOT NULL
        )`,
      select: `SELECT ${selected}, CASE
            WHEN s.names IS NOT NULL OR o.fingerprint IS NOT NULL THEN 'replaced'
            WHEN c.revoked_at IS NOT NULL OR a.revoked_at IS NOT NULL THEN 'revoked'
            WHEN c.not_after <= ? THEN 'expired'
            ELSE 'outstanding' END AS state
        FROM certificates c
          JOIN authorities a ON a.id = c.authority_id
          LEFT JOIN orders o ON o.fingerprint = c.fingerprint256
          LEFT JOIN successors s
            ON s.profile = c.profile AND s.client = coalesce(c.client_id, '') AND s.names = c.names
        WHERE c.issued_at <= ? AND c.not_after > ? AND (c.revoked_at IS NULL OR c.revoked_at > ?)
          AND (a.revoked_at IS NULL OR a.revoked_at > ?)
          AND c.profile <> 'ocsp-responder' ${conditions.map((condition) => `AND ${condition}`).join(' ')}`,
    },
    values: [createdAt, createdAt, at, createdAt, createdAt, createdAt, createdAt, ...values],
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
