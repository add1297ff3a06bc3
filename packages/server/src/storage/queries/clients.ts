import type {
  CertificateCredential,
  Client,
  ClientChange,
  ClientRecord,
  ClientStatus,
  ClientStore,
  Credential,
  KeyCredential,
  MatcherClaim,
  StoreOutcome,
  Taken,
} from '../../clients/index.ts';
import type { Event, EventDraft } from '../../events/index.ts';
import { type ActResult, type Acts, undo } from '../acts.ts';
import type { Transaction } from '../database.ts';
import { placeholders } from '../statement-text.ts';
import {
  type ClientRow,
  clientAssignments,
  clientColumnCount,
  clientColumns,
  clientFromRow,
  clientValues,
} from './client-rows.ts';
import {
  type CredentialRow,
  certificateOwner,
  credentialColumns,
  credentialFromRow,
  insertCredential,
  usableUntil,
} from './credential-rows.ts';
import { storable } from './storable.ts';

type Done = { readonly done: true; readonly event: Event };

/** Clients, their credentials and their matchers. Whoever changes any of them holds the client's row. */
export class ClientQueries implements ClientStore {
  readonly #acts: Acts;

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  async find(clientId: string, at: number): Promise<Client | undefined> {
    if (!storable(clientId)) return undefined;
    const database = this.#acts.database;
    const [row] = await database.all<ClientRow>(`SELECT ${clientColumns} FROM clients WHERE client_id = ?`, [
      clientId,
    ]);
    if (row === undefined) return undefined;
    const credentials = await database.all<CredentialRow>(
      `SELECT ${credentialColumns} FROM credentials c WHERE c.client_id = ? AND c.usable_until > ?
       ORDER BY c.created_at, c.id`,
      [clientId, at],
    );
    return { ...clientFromRow(row), credentials: credentials.map(credentialFromRow) };
  }

  async list(page: { readonly after?: string; readonly limit: number }): Promise<ClientRecord[]> {
    const after = page.after ?? '';
    if (!storable(after)) return [];
    const rows = await this.#acts.database.all<ClientRow>(
      `SELECT ${clientColumns} FROM clients WHERE client_id > ? ORDER BY client_id LIMIT ?`,
      [after, page.limit],
    );
    return rows.map(clientFromRow);
  }

  async credentials(page: { readonly clientId: string; readonly limit: number }): Promise<Credential[]> {
    if (!storable(page.clientId)) return [];
    const rows = await this.#acts.database.all<CredentialRow>(
      `SELECT ${credentialColumns} FROM credentials c WHERE c.client_id = ?
       ORDER BY c.created_at DESC, c.id DESC LIMIT ?`,
      [page.clientId, page.limit],
    );
    return rows.map(credentialFromRow);
  }

  async findCredential(clientId: string, credentialId: string): Promise<Credential | undefined> {
    if (!storable(clientId) || !storable(credentialId)) return undefined;
    const [row] = await this.#acts.database.all<CredentialRow>(
      `SELECT ${credentialColumns} FROM credentials c WHERE c.id = ? AND c.client_id = ?`,
      [credentialId, clientId],
    );
    return row === undefined ? undefined : credentialFromRow(row);
  }

  async findByCertificate(
    x5t: string,
  ): Promise<{ clientId: string; credential: CertificateCredential } | undefined> {
    if (!storable(x5t)) return undefined;
    const [row] = await this.#acts.database.all<CredentialRow>(
      `SELECT ${credentialColumns} FROM credentials c WHERE c.x5t = ?`,
      [x5t],
    );
    if (row === undefined) return undefined;
    return { clientId: row.client_id, credential: credentialFromRow(row) as CertificateCredential };
  }

  async findByKey(clientId: string, thumbprint: string): Promise<KeyCredential | undefined> {
    if (!storable(clientId) || !storable(thumbprint)) return undefined;
    const [row] = await this.#acts.database.all<CredentialRow>(
      `SELECT ${credentialColumns} FROM credentials c WHERE c.client_id = ? AND c.thumbprint = ?
       ORDER BY c.created_at DESC, c.id DESC LIMIT 1`,
      [clientId, thumbprint],
    );
    return row === undefined ? undefined : (credentialFromRow(row) as KeyCredential);
  }

  async findByMatcher(claim: MatcherClaim): Promise<string | undefined> {
    if (!storable(claim.anchor) || !storable(claim.matcher)) return undefined;
    const [row] = await this.#acts.database.all<{ client_id: string }>(
      'SELECT client_id FROM matcher_claims WHERE anchor = ? AND matcher = ?',
      [claim.anchor, claim.matcher],
    );
    return row?.client_id;
  }

  create(
    act: { readonly client: Client; readonly claims: readonly MatcherClaim[] },
    events: readonly EventDraft[],
  ): Promise<StoreOutcome<{ readonly code: 'client_exists' } | Taken>> {
    return this.#acts.act(async (transaction) => {
      const { client } = act;
      const inserted = await transaction.run(
        `INSERT INTO clients (${clientColumns}) VALUES (${placeholders(clientColumnCount)})
         ON CONFLICT (client_id) DO NOTHING`,
        [client.clientId, ...clientValues(client)],
      );
      if (inserted === 0) refuse({ code: 'client_exists' });
      await insertClaims(transaction, client.clientId, act.claims);
      for (const credential of client.credentials) await register(transaction, client.clientId, credential);
      return done(events);
    });
  }

  update(
    change: ClientChange,
    events: readonly EventDraft[],
  ): Promise<StoreOutcome<{ readonly code: 'stale' } | { readonly code: 'client_unknown' } | Taken>> {
    return this.#acts.act(async (transaction) => {
      const { clientId } = change.client;
      await holdRevision(transaction, clientId, change.expectedRevision);
      await transaction.run(`UPDATE clients SET ${clientAssignments} WHERE client_id = ?`, [
        ...clientValues(change.client),
        clientId,
      ]);
      await transaction.run('DELETE FROM matcher_claims WHERE client_id = ?', [clientId]);
      await insertClaims(transaction, clientId, change.claims);
      for (const { id, expiresAt } of change.expireCredentials) {
        await setExpiry(transaction, clientId, id, expiresAt);
      }
      for (const credential of change.addCredentials) await register(transaction, clientId, credential);
      return done(events);
    });
  }

  addCredential(
    act: { readonly clientId: string; readonly credential: Credential },
    events: readonly EventDraft[],
  ): Promise<StoreOutcome<{ readonly code: 'client_unknown' } | Taken>> {
    return this.#acts.act(async (transaction) => {
      if ((await holdClient(transaction, act.clientId)) === undefined) refuse({ code: 'client_unknown' });
      await register(transaction, act.clientId, act.credential);
      return done(events);
    });
  }
}

function done(events: readonly EventDraft[]): ActResult<Done> {
  return { events, outcome: (written) => ({ done: true, event: written[written.length - 1] as Event }) };
}

function refuse(conflict: { readonly code: string } | Taken): never {
  return undo({ done: false, conflict });
}

/** What is compared before a client is changed, its row held until the commit. */
export async function holdClient(
  transaction: Transaction,
  clientId: string,
): Promise<{ revision: number; status: string } | undefined> {
  const [row] = await transaction.all<{ revision: number; status: string }>(
    'SELECT revision, status FROM clients WHERE client_id = ? FOR UPDATE',
    [clientId],
  );
  return row;
}

async function holdRevision(transaction: Transaction, clientId: string, expected: number): Promise<void> {
  const held = await holdClient(transaction, clientId);
  if (held === undefined) refuse({ code: 'client_unknown' });
  else if (held.revision !== expected) refuse({ code: 'stale' });
}

export async function setClientStatus(
  transaction: Transaction,
  change: {
    readonly clientId: string;
    readonly status: ClientStatus;
    readonly epoch: number;
    readonly at: number;
  },
): Promise<void> {
  await transaction.run(
    'UPDATE clients SET status = ?, epoch = ?, updated_at = ?, revision = revision + 1 WHERE client_id = ?',
    [change.status, change.epoch, change.at, change.clientId],
  );
}

async function insertClaims(
  transaction: Transaction,
  clientId: string,
  claims: readonly MatcherClaim[],
): Promise<void> {
  for (const { anchor, matcher } of claims) {
    const inserted = await transaction.run(
      `INSERT INTO matcher_claims (anchor, matcher, client_id) VALUES (?, ?, ?)
       ON CONFLICT (anchor, matcher) DO NOTHING`,
      [anchor, matcher, clientId],
    );
    if (inserted === 1) continue;
    const [row] = await transaction.all<{ client_id: string }>(
      'SELECT client_id FROM matcher_claims WHERE anchor = ? AND matcher = ?',
      [anchor, matcher],
    );
    if (row?.client_id !== clientId) refuse({ code: 'matcher_taken', owner: row?.client_id ?? '' });
  }
}

async function register(transaction: Transaction, clientId: string, credential: Credential): Promise<void> {
  if (await insertCredential(transaction, clientId, credential)) return;
  const x5t = credential.kind === 'certificate' ? credential.x5t : '';
  refuse({ code: 'certificate_taken', owner: await certificateOwner(transaction, x5t) });
}

async function setExpiry(
  transaction: Transaction,
  clientId: string,
  id: string,
  expiresAt: number | undefined,
): Promise<void> {
  const [row] = await transaction.all<{ not_after: number | null; revoked_at: number | null }>(
    'SELECT not_after, revoked_at FROM credentials WHERE id = ? AND client_id = ? FOR UPDATE',
    [id, clientId],
  );
  if (row === undefined) return;
  await transaction.run('UPDATE credentials SET expires_at = ?, usable_until = ? WHERE id = ?', [
    expiresAt ?? null,
    usableUntil({
      expiresAt,
      notAfter: row.not_after ?? undefined,
      revokedAt: row.revoked_at ?? undefined,
    }),
    id,
  ]);
}
