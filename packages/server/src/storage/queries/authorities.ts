import type {
  AuthorityKeyType,
  AuthorityKind,
  AuthorityRecord,
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
  type CertificateRow,
  certificateColumns,
  certificateFromRow,
  insertCertificate,
} from './certificate-rows.ts';
import { holdClient } from './clients.ts';
import { insertCredential } from './credential-rows.ts';
import { holdMutex } from './mutexes.ts';
import { storable } from './storable.ts';

interface AuthorityRow {
  id: string;
  kind: string;
  parent_id: string | null;
  key_type: string;
  subject: string;
  certificate: Buffer;
  fingerprint256: string;
  spki_sha256: string;
  not_before: number;
  not_after: number;
  sealed_private_key: Buffer | null;
  created_at: number;
  revoked_at: number | null;
}

/** Authorities and the certificates that they issued. Whoever adds an authority holds the mutex `authorities`. */
export class AuthorityQueries implements AuthorityStore {
  readonly #acts: Acts;

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  async listAuthorities(): Promise<AuthorityRecord[]> {
    const rows = await this.#acts.database.all<AuthorityRow>(
      `SELECT id, kind, parent_id, key_type, subject, certificate, fingerprint256, spki_sha256, not_before, not_after,
         sealed_private_key, created_at, revoked_at FROM authorities ORDER BY created_at, id`,
    );
    return rows.map(authorityFromRow);
  }

  addAuthorities(
    act: { readonly authorities: readonly AuthorityRecord[]; readonly expectedCount: number },
    events: readonly EventDraft[],
  ): Promise<boolean> {
    return this.#acts.act(async (transaction) => {
      await holdMutex(transaction, 'authorities');
      const [row] = await transaction.all<{ count: number }>('SELECT count(*) AS count FROM authorities');
      if (row?.count !== act.expectedCount) undo(false);
      for (const authority of parentsFirst(act.authorities)) await insertAuthority(transaction, authority);
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

async function insertAuthority(transaction: Transaction, authority: AuthorityRecord): Promise<void> {
  await transaction.run(
    `INSERT INTO authorities (id, kind, parent_id, key_type, subject, certificate, fingerprint256, spki_sha256,
       not_before, not_after, sealed_private_key, created_at, revoked_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      authority.id,
      authority.kind,
      authority.parentId ?? null,
      authority.keyType,
      authority.subject,
      authority.certificate,
      authority.fingerprint256,
      authority.spkiSha256,
      authority.notBefore,
      authority.notAfter,
      authority.sealedPrivateKey ?? null,
      authority.createdAt,
      authority.revokedAt ?? null,
    ],
  );
}

function authorityFromRow(row: AuthorityRow): AuthorityRecord {
  return {
    id: row.id,
    kind: row.kind as AuthorityKind,
    ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
    keyType: row.key_type as AuthorityKeyType,
    subject: row.subject,
    certificate: row.certificate,
    fingerprint256: row.fingerprint256,
    spkiSha256: row.spki_sha256,
    notBefore: row.not_before,
    notAfter: row.not_after,
    ...(row.sealed_private_key === null ? {} : { sealedPrivateKey: row.sealed_private_key }),
    createdAt: row.created_at,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  };
}
