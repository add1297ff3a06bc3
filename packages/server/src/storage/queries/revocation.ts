import type { DenylistEntry, DenylistKind } from '@mortise/resource-server';
import type { Event, EventDraft } from '../../events/index.ts';
import type {
  CertificateRevocation,
  ClientGrants,
  DenylistRow,
  RevocationStore,
  RevokedCredential,
  StatusChange,
} from '../../revocation/index.ts';
import { type ActResult, type Acts, undo } from '../acts.ts';
import type { Transaction } from '../database.ts';
import { placeholders } from '../statement-text.ts';
import { type RequestRow, requestColumns, requestFromRow } from './authority-rows.ts';
import { holdClient, setClientStatus } from './clients.ts';
import { setCredentialRevoked } from './credential-rows.ts';
import { type EventRow, eventColumns, eventFromRow } from './events.ts';
import { writeCrl } from './publishing.ts';

/** How many expired rows one statement deletes, so that nobody waits long behind it. */
const sweepChunk = 1_000;

/** Revocations. Rows are held in one order (ACME accounts, the client, its credentials, certificates), so that acts never wait in a circle. */
export class RevocationQueries implements RevocationStore {
  readonly #acts: Acts;

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  changeClientStatus(change: StatusChange, event: EventDraft): Promise<Event | undefined> {
    return this.#acts.act(async (transaction) => {
      await holdRevision(transaction, change);
      await setClientStatus(transaction, change);
      return written(event);
    });
  }

  revokeClient(
    change: StatusChange,
    event: (revoked: readonly RevokedCredential[]) => EventDraft,
  ): Promise<Event | undefined> {
    return this.#acts.act(async (transaction) => {
      await transaction.run(
        `UPDATE acme_accounts SET status = 'deactivated', revision = revision + 1
         WHERE client_id = ? AND status = 'valid'`,
        [change.clientId],
      );
      await holdRevision(transaction, change);
      await setClientStatus(transaction, change);
      const credentials = await transaction.all<{
        id: string;
        kind: string;
        x5t: string | null;
        not_after: number | null;
      }>(
        `UPDATE credentials SET revoked_at = ?, usable_until = 0 WHERE client_id = ? AND revoked_at IS NULL
         RETURNING id, kind, x5t, not_after`,
        [change.at, change.clientId],
      );
      await transaction.run(
        `UPDATE certificates SET revoked_at = ?, revocation_reason = 'cessation_of_operation'
         WHERE client_id = ? AND (revoked_at IS NULL OR revocation_reason = 'certificate_hold')`,
        [change.at, change.clientId],
      );
      return written(
        event(
          credentials.map((row) => ({
            id: row.id,
            kind: row.kind as RevokedCredential['kind'],
            ...(row.x5t === null ? {} : { x5t: row.x5t }),
            ...(row.not_after === null ? {} : { notAfter: row.not_after }),
          })),
        ),
      );
    });
  }

  revokeCredential(
    act: { readonly clientId: string; readonly credentialId: string; readonly at: number },
    event: EventDraft,
  ): Promise<Event | undefined> {
    return this.#acts.act(async (transaction) => {
      await holdClient(transaction, act.clientId);
      if (!(await setCredentialRevoked(transaction, act, act.at))) undo(undefined);
      return written(event);
    });
  }

  revokeCertificate(act: CertificateRevocation, event: EventDraft): Promise<Event | undefined> {
    return this.#acts.act(async (transaction) => {
      const [credential] =
        act.credentialId === undefined
          ? []
          : await transaction.all<{ id: string; client_id: string }>(
              'SELECT id, client_id FROM credentials WHERE id = ?',
              [act.credentialId],
            );
      if (credential !== undefined) await holdClient(transaction, credential.client_id);
      const credentialSet =
        credential !== undefined &&
        (await setCredentialRevoked(
          transaction,
          { clientId: credential.client_id, credentialId: credential.id },
          act.at,
        ));
      const certificateSet = await transaction.run(
        `UPDATE certificates SET revoked_at = ?, revocation_reason = ?
         WHERE fingerprint256 = ? AND (revoked_at IS NULL OR (revocation_reason = 'certificate_hold' AND 1 = ?))`,
        [act.at, act.reason, act.fingerprint256, act.reason === 'certificate_hold' ? 0 : 1],
      );
      if (!credentialSet && certificateSet === 0) {
        const known = await transaction.all('SELECT 1 AS one FROM certificates WHERE fingerprint256 = ?', [
          act.fingerprint256,
        ]);
        if (credential !== undefined || known.length > 0) undo(undefined);
      }
      return written(event);
    });
  }

  releaseCertificate(
    act: { readonly fingerprint256: string; readonly at: number },
    event: EventDraft,
  ): Promise<Event | undefined> {
    return this.#acts.act(async (transaction) => {
      const released = await transaction.run(
        `UPDATE certificates SET revoked_at = NULL, revocation_reason = NULL, released_at = ?
         WHERE fingerprint256 = ? AND revocation_reason = 'certificate_hold'`,
        [act.at, act.fingerprint256],
      );
      if (released === 0) undo(undefined);
      return written(event);
    });
  }

  revokeAuthorities(
    act: Parameters<RevocationStore['revokeAuthorities']>[0],
    events: Parameters<RevocationStore['revokeAuthorities']>[1],
  ): ReturnType<RevocationStore['revokeAuthorities']> {
    return this.#acts.act(async (transaction) => {
      let revoked = 0;
      for (const id of [...act.authorityIds].sort()) {
        revoked += await transaction.run(
          'UPDATE authorities SET revoked_at = ?, revocation_reason = ? WHERE id = ? AND revoked_at IS NULL',
          [act.at, act.reason ?? null, id],
        );
      }
      if (revoked === 0) undo(undefined);
      const rows = await transaction.all<RequestRow>(
        `DELETE FROM authority_requests WHERE parent_id IN (${placeholders(act.authorityIds.length)})
         RETURNING ${requestColumns}`,
        act.authorityIds,
      );
      const ended = rows.map(requestFromRow);
      return { events: events(ended), outcome: ([first]) => ({ event: first as Event, ended }) };
    });
  }

  importCrl(act: Parameters<RevocationStore['importCrl']>[0], event: EventDraft): Promise<boolean> {
    return this.#acts.act(async (transaction) => {
      if ((await writeCrl(transaction, act.crl, act.previous)) === 0) undo(false);
      return { events: [event], outcome: () => true };
    });
  }

  record(event: EventDraft): Promise<Event> {
    return this.#acts.act(async () => ({ events: [event], outcome: ([first]) => first as Event }));
  }

  async denylist(): Promise<DenylistRow[]> {
    const rows = await this.#acts.database.all<{
      kind: string;
      id: string;
      epoch: number | null;
      expires_at: number | null;
      client_id: string | null;
    }>('SELECT kind, id, epoch, expires_at, client_id FROM denylist');
    return rows.map((row) => {
      const entry: DenylistEntry = {
        kind: row.kind as DenylistKind,
        id: row.id,
        ...(row.epoch === null ? {} : { epoch: row.epoch }),
        ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
      };
      return row.client_id === null ? { entry } : { entry, clientId: row.client_id };
    });
  }

  async grantsOfDenied(): Promise<ClientGrants[]> {
    const rows = await this.#acts.database.all<{ client_id: string; scope: string; resources: string }>(
      `SELECT client_id, scope, resources FROM clients
       WHERE client_id IN (SELECT d.client_id FROM denylist d WHERE d.client_id IS NOT NULL)`,
    );
    return rows.map((row) => ({
      clientId: row.client_id,
      scope: JSON.parse(row.scope) as string[],
      resources: JSON.parse(row.resources) as string[],
    }));
  }

  async deleteExpired(before: number): Promise<number> {
    let deleted = 0;
    for (let chunk = sweepChunk; chunk === sweepChunk; deleted += chunk) {
      chunk = await this.#acts.database.transact((transaction) =>
        transaction.run(
          `DELETE FROM denylist WHERE (kind, id, has_epoch) IN
             (SELECT kind, id, has_epoch FROM denylist WHERE expires_at < ? LIMIT ?)`,
          [before, sweepChunk],
        ),
      );
    }
    return deleted;
  }

  async eventsSince(query: {
    readonly acts: readonly string[];
    readonly since: number;
    readonly after: number;
    readonly limit: number;
  }): Promise<Event[]> {
    if (query.acts.length === 0) return [];
    const rows = await this.#acts.database.all<EventRow>(
      `SELECT ${eventColumns} FROM events
       WHERE act IN (${placeholders(query.acts.length)}) AND at >= ? AND sequence > ? ORDER BY sequence LIMIT ?`,
      [...query.acts, query.since, query.after, query.limit],
    );
    return rows.map(eventFromRow);
  }
}

function written(event: EventDraft): ActResult<Event | undefined> {
  return { events: [event], outcome: ([first]) => first };
}

async function holdRevision(transaction: Transaction, change: StatusChange): Promise<void> {
  const held = await holdClient(transaction, change.clientId);
  if (held?.revision !== change.expectedRevision) undo(undefined);
}
