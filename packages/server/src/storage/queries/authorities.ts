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
import type { Event, EventDraft } from '../../events/index.ts';
import { type ActResult, type Acts, undo } from '../acts.ts';
import type { Transaction, Value } from '../database.ts';
import {
  type AuthorityRow,
  authorityColumns,
  authorityFromRow,
  insertAuthority,
  type RequestRow,
  type RulesRow,
  requestColumns,
  requestFromRow,
  rulesColumns,
  rulesFromRow,
  writeRules,
} from './authority-rows.ts';
import {
  type CertificateRow,
  certificateColumns,
  certificateFromRow,
  insertCertificate,
} from './certificate-rows.ts';
import { holdClient } from './clients.ts';
import { insertCredential } from './credential-rows.ts';
import { holdMutex } from './mutexes.ts';
import { storable } from './storable.ts';

/** Authorities and the certificates that they issued. Whoever adds an authority holds the mutex `authorities`. */
export class AuthorityQueries implements AuthorityStore {
  readonly #acts: Acts;

  constructor(acts: Acts) {
    this.#acts = acts;
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

  addRequest(request: AuthorityRequest, events: readonly EventDraft[]): Promise<void> {
    return this.#acts.act(async (transaction) => {
      await transaction.run(
        `INSERT INTO authority_requests (${requestColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          request.id,
          request.name,
          request.parentId,
          request.keyType,
          request.subject,
          request.request,
          request.signer,
          request.sealedPrivateKey ?? null,
          request.keyLocation ?? null,
          request.createdAt,
        ],
      );
      return { events, outcome: () => undefined };
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
    return this.#acts.act((transaction) => recordIssued(transaction, act, events));
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

/** Records a certificate and its credential, or undoes the act that it is part of. */
export async function recordIssued(
  transaction: Transaction,
  { certificate, credential }: IssueAct,
  events: readonly EventDraft[],
): Promise<ActResult<IssueOutcome>> {
  if (certificate.clientId !== undefined) {
    const client = await holdClient(transaction, certificate.clientId);
    if (client === undefined) undo({ done: false, conflict: 'client_unknown' });
    else if (client.status === 'revoked') undo({ done: false, conflict: 'client_revoked' });
  }
  const [authority] = await transaction.all<{ revoked_at: number | null }>(
    'SELECT revoked_at FROM authorities WHERE id = ? FOR SHARE',
    [certificate.authorityId],
  );
  if (authority === undefined || authority.revoked_at !== null) {
    undo({ done: false, conflict: 'authority_revoked' });
  }
  await insertCertificate(transaction, certificate);
  if (credential !== undefined && certificate.clientId !== undefined) {
    await insertCredential(transaction, certificate.clientId, credential);
  }
  return { events, outcome: (written) => ({ done: true, event: written[written.length - 1] as Event }) };
}

/** A row refers to its parent's, which therefore has to be there first. */
function parentsFirst(authorities: readonly AuthorityRecord[]): AuthorityRecord[] {
  return [...authorities].sort(
    (a, b) =>
      Number(a.parentId !== undefined) - Number(b.parentId !== undefined) || Number(a.parentId === b.id),
  );
}
