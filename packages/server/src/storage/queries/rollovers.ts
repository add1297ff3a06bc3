import type {
  ReporterKind,
  RolloverRecord,
  RolloverStore,
  TrustReport,
  UnreplacedCertificate,
  Waiver,
} from '../../authority/index.ts';
import type { EventDraft } from '../../events/index.ts';
import { type Acts, undo } from '../acts.ts';
import type { Transaction } from '../database.ts';
import { insertAuthority, insertRequest } from './authority-rows.ts';
import { insertCertificates } from './certificate-rows.ts';
import { holdMutex } from './mutexes.ts';

interface RolloverRow {
  id: string;
  name: string;
  old_root_id: string;
  new_root_id: string;
  new_by_old: Buffer | null;
  old_by_new: Buffer;
  waived: string;
  published_at: number;
  switched_at: number | null;
  revision: number;
}

interface ReportRow {
  client_id: string;
  kind: string;
  instance: string;
  anchors: string;
  reported_at: number;
}

interface UnreplacedRow {
  fingerprint256: string;
  profile: string;
  client_id: string | null;
  subject: string;
  names: string;
  not_after: number;
}

const columns = `id, name, old_root_id, new_root_id, new_by_old, old_by_new, waived, published_at, switched_at, revision`;

/** Processes come and go: a client keeps the reports of those that reported last. */
const reportsPerClient = 1000;

/** Rollovers of roots. Whoever adds an authority holds the mutex `authorities`. */
export class RolloverQueries implements RolloverStore {
  readonly #acts: Acts;

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  async listRollovers(): Promise<RolloverRecord[]> {
    const rows = await this.#acts.database.all<RolloverRow>(
      `SELECT ${columns} FROM rollovers ORDER BY published_at, id`,
    );
    return rows.map(fromRow);
  }

  publish(act: Parameters<RolloverStore['publish']>[0], events: readonly EventDraft[]): Promise<boolean> {
    return this.#acts.act(async (transaction) => {
      await holdCount(transaction, act.expectedCount);
      await insertAuthority(transaction, act.root);
      if (act.request !== undefined) await insertRequest(transaction, act.request);
      if (act.crossCertificates.length > 0) await insertCertificates(transaction, act.crossCertificates);
      const { rollover } = act;
      await transaction.run(`INSERT INTO rollovers (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
        rollover.id,
        rollover.name,
        rollover.oldRootId,
        rollover.newRootId,
        rollover.newByOld ?? null,
        rollover.oldByNew,
        JSON.stringify(rollover.waived),
        rollover.publishedAt,
        rollover.switchedAt ?? null,
        rollover.revision,
      ]);
      return { events, outcome: () => true };
    });
  }

  switch(act: Parameters<RolloverStore['switch']>[0], events: readonly EventDraft[]): Promise<boolean> {
    return this.#acts.act(async (transaction) => {
      await holdCount(transaction, act.expectedCount);
      const { rollover, expectedRevision } = act;
      const changed = await transaction.run(
        `UPDATE rollovers SET waived = ?, switched_at = ?, revision = ? WHERE id = ? AND revision = ?`,
        [
          JSON.stringify(rollover.waived),
          rollover.switchedAt ?? null,
          expectedRevision + 1,
          rollover.id,
          expectedRevision,
        ],
      );
      if (changed === 0 || !(await activate(transaction, rollover.newRootId))) undo(false);
      if ('staged' in act.intermediate) {
        for (const id of act.intermediate.staged) if (!(await activate(transaction, id))) undo(false);
      } else await insertAuthority(transaction, act.intermediate);
      return { events, outcome: () => true };
    });
  }

  waive(
    act: { readonly id: string; readonly waived: readonly Waiver[]; readonly expectedRevision: number },
    events: readonly EventDraft[],
  ): Promise<boolean> {
    return this.#acts.act(async (transaction) => {
      const changed = await transaction.run(
        'UPDATE rollovers SET waived = ?, revision = ? WHERE id = ? AND revision = ?',
        [JSON.stringify(act.waived), act.expectedRevision + 1, act.id, act.expectedRevision],
      );
      if (changed === 0) undo(false);
      return { events, outcome: () => true };
    });
  }

  async report(report: TrustReport): Promise<void> {
    await this.#acts.database.transact(async (transaction) => {
      await transaction.run(
        `INSERT INTO trust_reports (client_id, kind, instance, anchors, reported_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (client_id, kind, instance) DO UPDATE SET anchors = excluded.anchors,
           reported_at = excluded.reported_at`,
        [report.clientId, report.kind, report.instance, JSON.stringify(report.anchors), report.reportedAt],
      );
      await transaction.run(
        `DELETE FROM trust_reports WHERE client_id = ? AND reported_at < (
           SELECT min(reported_at) FROM (
             SELECT reported_at FROM trust_reports WHERE client_id = ? ORDER BY reported_at DESC LIMIT ${reportsPerClient}
           ) AS latest)`,
        [report.clientId, report.clientId],
      );
    });
  }

  async forgetReport({
    clientId,
    kind,
    instance,
  }: Parameters<RolloverStore['forgetReport']>[0]): Promise<void> {
    await this.#acts.database.transact((transaction) =>
      transaction.run('DELETE FROM trust_reports WHERE client_id = ? AND kind = ? AND instance = ?', [
        clientId,
        kind,
        instance,
      ]),
    );
  }

  async listReports(): Promise<TrustReport[]> {
    const rows = await this.#acts.database.all<ReportRow>(
      'SELECT client_id, kind, instance, anchors, reported_at FROM trust_reports ORDER BY client_id, kind, instance',
    );
    return rows.map((row) => ({
      clientId: row.client_id,
      kind: row.kind as ReporterKind,
      instance: row.instance,
      anchors: JSON.parse(row.anchors) as string[],
      reportedAt: row.reported_at,
    }));
  }

  async forgetNodeReports(clientId: string): Promise<void> {
    await this.#acts.database.transact((transaction) =>
      transaction.run(`DELETE FROM trust_reports WHERE client_id = ? AND kind = 'node'`, [clientId]),
    );
  }

  async unreplaced(query: Parameters<RolloverStore['unreplaced']>[0]): Promise<UnreplacedCertificate[]> {
    const { authorityIds, limit } = query;
    if (authorityIds.length === 0) return [];
    const found = [...(await this.#unreplacedOfClients(query)), ...(await this.#unreplacedOfNobody(query))];
    return found.sort((a, b) => (a.fingerprint256 < b.fingerprint256 ? -1 : 1)).slice(0, limit);
  }

  async #unreplacedOfClients({
    authorityIds,
    now,
    limit,
  }: UnreplacedQuery): Promise<UnreplacedCertificate[]> {
    const under = authorityIds.map(() => '?').join(', ');
    const rows = await this.#acts.database.all<UnreplacedRow>(
      `SELECT held.fingerprint256, held.profile, held.client_id, held.subject, held.names, held.not_after
       FROM certificates AS held JOIN clients ON clients.client_id = held.client_id AND clients.status <> 'revoked'
       WHERE held.authority_id IN (${under}) AND held.revoked_at IS NULL AND held.not_after > ?
         AND NOT EXISTS (
           SELECT 1 FROM certificates AS later WHERE later.client_id = held.client_id
             AND later.profile = held.profile AND later.authority_id NOT IN (${under})
             AND later.revoked_at IS NULL AND later.not_after > ?)
       ORDER BY held.fingerprint256 LIMIT ?`,
      [...authorityIds, now, ...authorityIds, now, limit],
    );
    return rows.map(unreplacedFromRow);
  }

  /** Of no client: replaced by one with the same names. Names have no index, so that they are compared here. */
  async #unreplacedOfNobody({ authorityIds, now }: UnreplacedQuery): Promise<UnreplacedCertificate[]> {
    const under = authorityIds.map(() => '?').join(', ');
    const held = await this.#acts.database.all<UnreplacedRow>(
      `SELECT fingerprint256, profile, client_id, subject, names, not_after FROM certificates
       WHERE authority_id IN (${under}) AND client_id IS NULL AND revoked_at IS NULL AND not_after > ?
         AND profile NOT IN (${ownProfiles}) ORDER BY fingerprint256 LIMIT ${comparedHere}`,
      [...authorityIds, now],
    );
    if (held.length === 0) return [];
    const later = await this.#acts.database.all<{ profile: string; names: string }>(
      `SELECT DISTINCT profile, names FROM certificates WHERE authority_id NOT IN (${under})
         AND client_id IS NULL AND revoked_at IS NULL AND not_after > ? AND profile NOT IN (${ownProfiles})`,
      [...authorityIds, now],
    );
    const replaced = new Set(later.map(({ profile, names }) => `${profile} ${names}`));
    return held.filter(({ profile, names }) => !replaced.has(`${profile} ${names}`)).map(unreplacedFromRow);
  }
}

type UnreplacedQuery = Parameters<RolloverStore['unreplaced']>[0];

/** What this server issues to itself, and renews by itself. */
const ownProfiles = `'ocsp-responder', 'cross-certificate'`;

const comparedHere = 10_000;

function unreplacedFromRow(row: UnreplacedRow): UnreplacedCertificate {
  return {
    fingerprint256: row.fingerprint256,
    profile: row.profile,
    ...(row.client_id === null ? {} : { clientId: row.client_id }),
    subject: row.subject,
    names: JSON.parse(row.names) as string[],
    notAfter: row.not_after,
  };
}

/** Undoes the act unless there are as many authorities as its maker saw. */
async function holdCount(transaction: Transaction, expectedCount: number): Promise<void> {
  await holdMutex(transaction, 'authorities');
  const [row] = await transaction.all<{ count: number }>('SELECT count(*) AS count FROM authorities');
  if (row?.count !== expectedCount) undo(false);
}

/** Whether it was staged, and good. */
async function activate(transaction: Transaction, id: string): Promise<boolean> {
  const changed = await transaction.run(
    `UPDATE authorities SET state = 'active' WHERE id = ? AND state = 'staged' AND revoked_at IS NULL`,
    [id],
  );
  return changed > 0;
}

function fromRow(row: RolloverRow): RolloverRecord {
  return {
    id: row.id,
    name: row.name,
    oldRootId: row.old_root_id,
    newRootId: row.new_root_id,
    ...(row.new_by_old === null ? {} : { newByOld: row.new_by_old }),
    oldByNew: row.old_by_new,
    waived: JSON.parse(row.waived) as Waiver[],
    publishedAt: row.published_at,
    ...(row.switched_at === null ? {} : { switchedAt: row.switched_at }),
    revision: row.revision,
  };
}
