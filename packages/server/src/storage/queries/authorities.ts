import type {
  AuthorityRecord,
  AuthorityRequest,
  AuthorityRules,
  AuthorityStore,
  CertificateFilter,
  IssueAct,
  IssuedCertificate,
  IssueOutcome,
} from '../../authority/index.ts';
import type { EventDraft } from '../../events/index.ts';
import { type Acts, undo } from '../acts.ts';
import type { Value } from '../database.ts';
import {
  type AuthorityRow,
  authorityColumns,
  authorityFromRow,
  insertAuthority,
  insertRequest,
  type RequestRow,
  type RulesRow,
  requestColumns,
  requestFromRow,
  rulesColumns,
  rulesFromRow,
  writeRules,
} from './authority-rows.ts';
import { type CertificateRow, certificateColumns, certificateFromRow } from './certificate-rows.ts';
import { Issuance } from './issuance.ts';
import { holdMutex } from './mutexes.ts';
import { storable } from './storable.ts';

/** Authorities and the certificates that they issued. Whoever adds an authority holds the mutex `authorities`. */
export class AuthorityQueries implements AuthorityStore {
  readonly #acts: Acts;
  readonly #issuance: Issuance;

  constructor(acts: Acts) {
    this.#acts = acts;
    this.#issuance = new Issuance(acts);
  }

  async listAuthorities(): Promise<AuthorityRecord[]> {
    const rows = await this.#acts.database.all<AuthorityRow>(
      `SELECT ${authorityColumns} FROM authorities ORDER BY created_at, id`,
    );
    return rows.map(authorityFromRow);
  }

  addAuthorities(
    act: Parameters<AuthorityStore['addAuthorities']>[0],
    events: readonly EventDraft[],
  ): Promise<boolean> {
    return this.#acts.act(async (transaction) => {
      await holdMutex(transaction, 'authorities');
      const [row] = await transaction.all<{ count: number }>('SELECT count(*) AS count FROM authorities');
      if (row?.count !== act.expectedCount) undo(false);
      for (const authority of parentsFirst(act.authorities)) await insertAuthority(transaction, authority);
      if (act.rules !== undefined && !(await writeRules(transaction, act.rules, 0))) undo(false);
      if (act.request !== undefined) await insertRequest(transaction, act.request);
      if (act.requestId !== undefined) {
        const gone = await transaction.run('DELETE FROM authority_requests WHERE id = ?', [act.requestId]);
        if (gone === 0) undo(false);
      }
      return { events, outcome: () => true };
    });
  }

  changeStates(
    { changes }: Parameters<AuthorityStore['changeStates']>[0],
    events: readonly EventDraft[],
  ): Promise<boolean> {
    return this.#acts.act(async (transaction) => {
      for (const { id, from, to } of [...changes].sort((a, b) => (a.id < b.id ? -1 : 1))) {
        const changed = await transaction.run('UPDATE authorities SET state = ? WHERE id = ? AND state = ?', [
          to,
          id,
          from,
        ]);
        if (changed === 0) undo(false);
      }
      return { events, outcome: () => true };
    });
  }

  async listRules(): Promise<AuthorityRules[]> {
    const rows = await this.#acts.database.all<RulesRow>(
      `SELECT ${rulesColumns} FROM authority_rules ORDER BY name`,
    );
    return rows.map(rulesFromRow);
  }

  saveRules(
    act: { readonly rules: AuthorityRules; readonly expectedRevision: number },
    events: readonly EventDraft[],
  ): Promise<boolean> {
    return this.#acts.act(async (transaction) => {
      if (!(await writeRules(transaction, act.rules, act.expectedRevision))) undo(false);
      return { events, outcome: () => true };
    });
  }

  async listRequests(): Promise<AuthorityRequest[]> {
    const rows = await this.#acts.database.all<RequestRow>(
      `SELECT ${requestColumns} FROM authority_requests ORDER BY created_at, id`,
    );
    return rows.map(requestFromRow);
  }

  addRequest(request: AuthorityRequest, events: readonly EventDraft[]): Promise<boolean> {
    return this.#acts.act(async (transaction) => {
      // Held, so that either its revocation sees this request or this sees the revocation.
      const [root] = await transaction.all(
        'SELECT id FROM authorities WHERE id = ? AND revoked_at IS NULL FOR SHARE',
        [request.parentId],
      );
      if (root === undefined) undo(false);
      await insertRequest(transaction, request);
      return { events, outcome: () => true };
    });
  }

  deleteRequest(id: string, events: readonly EventDraft[]): Promise<boolean> {
    return this.#acts.act(async (transaction) => {
      const gone = storable(id)
        ? await transaction.run('DELETE FROM authority_requests WHERE id = ?', [id])
        : 0;
      if (gone === 0) undo(false);
      return { events, outcome: () => true };
    });
  }

  issue(act: IssueAct, events: readonly EventDraft[]): Promise<IssueOutcome> {
    return this.#issuance.record(act, events);
  }

  async findCertificate(fingerprint256: string): Promise<IssuedCertificate | undefined> {
    if (!storable(fingerprint256)) return undefined;
    const [row] = await this.#acts.database.all<CertificateRow>(
      `SELECT ${certificateColumns} FROM certificates WHERE fingerprint256 = ?`,
      [fingerprint256],
    );
    return row === undefined ? undefined : certificateFromRow(row);
  }

  async listCertificates(page: {
    readonly filter: CertificateFilter;
    readonly after?: string;
    readonly limit: number;
  }): Promise<IssuedCertificate[]> {
    const conditions = ['fingerprint256 > ?'];
    const values: Value[] = [page.after ?? ''];
    const { clientId, profile, authorityId } = page.filter;
    for (const [column, value] of [
      ['client_id', clientId],
      ['profile', profile],
      ['authority_id', authorityId],
    ] as const) {
      if (value === undefined) continue;
      conditions.push(`${column} = ?`);
      values.push(value);
    }
    if (values.some((value) => !storable(value as string))) return [];
    const rows = await this.#acts.database.all<CertificateRow>(
      `SELECT ${certificateColumns} FROM certificates WHERE ${conditions.join(' AND ')}
       ORDER BY fingerprint256 LIMIT ?`,
      [...values, page.limit],
    );
    return rows.map(certificateFromRow);
  }
}

/** A row refers to its parent's, which therefore has to be there first. */
function parentsFirst(authorities: readonly AuthorityRecord[]): AuthorityRecord[] {
  return [...authorities].sort(
    (a, b) =>
      Number(a.parentId !== undefined) - Number(b.parentId !== undefined) || Number(a.parentId === b.id),
  );
}
