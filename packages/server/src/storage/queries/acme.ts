import type {
  AcmeAccount,
  AcmeStore,
  Authorization,
  ChangeAccountOutcome,
  CreateAccountOutcome,
  ExternalAccountKey,
  KnownKey,
  Order,
} from '../../acme/index.ts';
import type { IssuedCertificate } from '../../authority/index.ts';
import type { EventDraft } from '../../events/index.ts';
import { type ActResult, type Acts, undo } from '../acts.ts';
import type { Transaction } from '../database.ts';
import { StorageError } from '../errors.ts';
import { placeholders } from '../statement-text.ts';
import { holdKey, readKey } from './acme-keys.ts';
import { AcmeOrderQueries, insertAuthorization, readAuthorizations } from './acme-orders.ts';
import {
  type AccountRow,
  type AuthorizationRow,
  accountColumns,
  accountFromRow,
  accountValues,
  authorizationColumns,
  authorizationFromRow,
  authorizationValues,
  type ExternalKeyRow,
  externalKeyColumns,
  externalKeyFromRow,
} from './acme-rows.ts';
import { type CertificateRow, certificateColumns, certificateFromRow } from './certificate-rows.ts';
import { storable } from './storable.ts';

const sweepChunk = 500;

/** Accounts, their keys, orders and authorizations. */
export class AcmeQueries implements AcmeStore {
  readonly #acts: Acts;
  readonly #orders: AcmeOrderQueries;

  constructor(acts: Acts) {
    this.#acts = acts;
    this.#orders = new AcmeOrderQueries(acts);
  }

  findAccount(id: string): Promise<AcmeAccount | undefined> {
    return this.#account('id = ?', [id]);
  }

  findAccountByKey(profile: string, thumbprint: string): Promise<AcmeAccount | undefined> {
    return this.#account('profile = ? AND thumbprint = ?', [profile, thumbprint]);
  }

  knownKey(spkiSha256: string): Promise<KnownKey> {
    return readKey(this.#acts.database, spkiSha256);
  }

  createAccount(...[act, event]: Parameters<AcmeStore['createAccount']>): Promise<CreateAccountOutcome> {
    return this.#acts.act(async (transaction): Promise<ActResult<CreateAccountOutcome>> => {
      const { account, externalKey } = act;
      const { uses } = await holdKey(transaction, this.#acts.database.dialect, account.spkiSha256);
      const inserted = await transaction.run(
        `INSERT INTO acme_accounts (${accountColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (profile, thumbprint) DO NOTHING`,
        accountValues(account),
      );
      if (inserted === 0) undo('account_exists');
      if (uses.length > 0) undo('key_certified');
      if (externalKey !== undefined) {
        const used = await transaction.run(
          `UPDATE acme_external_keys SET used_at = ?, account_id = ?
           WHERE kid = ? AND used_at IS NULL AND expires_at > ?`,
          [account.createdAt, account.id, externalKey, account.createdAt],
        );
        if (used === 0) undo('external_key_used');
      }
      return { events: [event], outcome: () => 'done' };
    });
  }

  async changeAccount(
    ...[act, event]: Parameters<AcmeStore['changeAccount']>
  ): Promise<ChangeAccountOutcome> {
    try {
      return await this.#changeAccount(act, event);
    } catch (error) {
      // Two accounts that take one key at once both find it free; the unique index lets one of them have it.
      if (error instanceof StorageError && error.code === 'conflict') return 'key_taken';
      throw error;
    }
  }

  #changeAccount(...[act, event]: Parameters<AcmeStore['changeAccount']>): Promise<ChangeAccountOutcome> {
    return this.#acts.act(async (transaction): Promise<ActResult<ChangeAccountOutcome>> => {
      const { account, expectedRevision } = act;
      if (await isNewKey(transaction, account)) {
        const { uses } = await holdKey(transaction, this.#acts.database.dialect, account.spkiSha256);
        if (uses.length > 0) undo('key_certified');
      }
      const [taken] = await transaction.all(
        'SELECT id FROM acme_accounts WHERE profile = ? AND thumbprint = ? AND id <> ?',
        [account.profile, account.thumbprint, account.id],
      );
      if (taken !== undefined) undo('key_taken');
      const changed = await transaction.run(
        `UPDATE acme_accounts SET thumbprint = ?, jwk = ?, spki_sha256 = ?, status = ?, contact = ?,
           terms_of_service_agreed = ?, revision = ? WHERE id = ? AND revision = ?`,
        [
          account.thumbprint,
          JSON.stringify(account.jwk),
          account.spkiSha256,
          account.status,
          JSON.stringify(account.contact),
          account.termsOfServiceAgreed ? 1 : 0,
          account.revision,
          account.id,
          expectedRevision,
        ],
      );
      if (changed === 0) undo('stale');
      return { events: [event], outcome: () => 'done' };
    });
  }

  addExternalKey(key: ExternalAccountKey, event: EventDraft): Promise<void> {
    return this.#acts.act(async (transaction) => {
      await transaction.run(
        `INSERT INTO acme_external_keys (kid, client_id, profile, sealed_key, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?)`,
        [key.kid, key.clientId, key.profile, key.sealedKey, key.createdAt, key.expiresAt],
      );
      return { events: [event], outcome: () => undefined };
    });
  }

  async findExternalKey(kid: string): Promise<ExternalAccountKey | undefined> {
    if (!storable(kid)) return undefined;
    const [row] = await this.#acts.database.all<ExternalKeyRow>(
      `SELECT ${externalKeyColumns} FROM acme_external_keys WHERE kid = ?`,
      [kid],
    );
    return row === undefined ? undefined : externalKeyFromRow(row);
  }

  createOrder(...act: Parameters<AcmeStore['createOrder']>): ReturnType<AcmeStore['createOrder']> {
    return this.#orders.create(...act);
  }

  findOrder(id: string): Promise<Order | undefined> {
    return this.#orders.find(id);
  }

  listOrders(page: Parameters<AcmeStore['listOrders']>[0]): Promise<Order[]> {
    return this.#orders.list(page);
  }

  findOrderOfCertificate(fingerprint256: string): Promise<Order | undefined> {
    return this.#orders.ofCertificate(fingerprint256);
  }

  finalize(...act: Parameters<AcmeStore['finalize']>): ReturnType<AcmeStore['finalize']> {
    return this.#orders.finalize(...act);
  }

  findAuthorizations(ids: readonly string[]): Promise<Authorization[]> {
    return readAuthorizations(this.#acts.database, ids);
  }

  async validAuthorizations(
    query: Parameters<AcmeStore['validAuthorizations']>[0],
  ): Promise<Authorization[]> {
    const { accountId, identifiers, at } = query;
    const values = identifiers.map(({ value }) => value);
    const rows = await this.#acts.database.all<AuthorizationRow>(
      `SELECT ${authorizationColumns} FROM acme_authorizations
       WHERE account_id = ? AND status = 'valid' AND identifier_value IN (${placeholders(values.length)})
         AND expires_at > ? ORDER BY expires_at DESC, id`,
      [accountId, ...values, at],
    );
    return rows.map(authorizationFromRow);
  }

  async countPending(accountId: string, at: number): Promise<number> {
    const [row] = await this.#acts.database.all<{ count: number }>(
      `SELECT count(*) AS count FROM acme_authorizations
       WHERE account_id = ? AND status = 'pending' AND expires_at > ?`,
      [accountId, at],
    );
    return row?.count ?? 0;
  }

  addAuthorization(authorization: Authorization, event: EventDraft): Promise<void> {
    return this.#acts.act(async (transaction) => {
      await insertAuthorization(transaction, authorization);
      return { events: [event], outcome: () => undefined };
    });
  }

  changeAuthorization(...[act, events]: Parameters<AcmeStore['changeAuthorization']>): Promise<boolean> {
    return this.#acts.act(async (transaction) => {
      const [, , , , , status, expiresAt, , challenges, attempts, dueAt, revision] = authorizationValues(
        act.authorization,
      );
      const changed = await transaction.run(
        `UPDATE acme_authorizations SET status = ?, expires_at = ?, challenges = ?, attempts = ?, attempt_due_at = ?,
           revision = ? WHERE id = ? AND revision = ?`,
        [
          status!,
          expiresAt!,
          challenges!,
          attempts!,
          dueAt ?? null,
          revision!,
          act.authorization.id,
          act.expectedRevision,
        ],
      );
      if (changed === 0) undo(false);
      return { events, outcome: () => true };
    });
  }

  async dueAuthorizations(at: number, limit: number): Promise<string[]> {
    const rows = await this.#acts.database.all<{ id: string }>(
      `SELECT z.id FROM acme_authorizations z JOIN acme_accounts a ON a.id = z.account_id
       WHERE z.attempt_due_at <= ? AND z.status = 'pending' AND z.expires_at > ? AND a.status = 'valid'
       ORDER BY z.attempt_due_at LIMIT ?`,
      [at, at, limit],
    );
    return rows.map(({ id }) => id);
  }

  async findIssued(authorityId: string, serialNumber: string): Promise<IssuedCertificate | undefined> {
    const [row] = await this.#acts.database.all<CertificateRow>(
      `SELECT ${certificateColumns} FROM certificates WHERE authority_id = ? AND serial_number = ?`,
      [authorityId, serialNumber],
    );
    return row === undefined ? undefined : certificateFromRow(row);
  }

  async deleteExpired(before: number): Promise<number> {
    let deleted = 0;
    for (const [table, key, more] of [
      ['acme_external_keys', 'kid', 'AND used_at IS NULL'],
      ['acme_orders', 'id', 'AND certificate IS NULL'],
      ['acme_authorizations', 'id', ''],
    ] as const) {
      for (let chunk = sweepChunk; chunk === sweepChunk; deleted += chunk) {
        chunk = await this.#acts.database.transact((transaction) =>
          transaction.run(
            `DELETE FROM ${table} WHERE ${key} IN
               (SELECT ${key} FROM ${table} WHERE expires_at < ? ${more} LIMIT ?)`,
            [before, sweepChunk],
          ),
        );
      }
    }
    return deleted;
  }

  async #account(condition: string, values: readonly string[]): Promise<AcmeAccount | undefined> {
    if (!values.every(storable)) return undefined;
    const [row] = await this.#acts.database.all<AccountRow>(
      `SELECT ${accountColumns} FROM acme_accounts WHERE ${condition}`,
      values,
    );
    return row === undefined ? undefined : accountFromRow(row);
  }
}

/** An account that is changed in other ways has the key that it has. */
async function isNewKey(transaction: Transaction, account: AcmeAccount): Promise<boolean> {
  const sql = 'SELECT id FROM acme_accounts WHERE id = ? AND spki_sha256 = ?';
  return (await transaction.all(sql, [account.id, account.spkiSha256])).length === 0;
}
