import type { AcmeAccount, AcmeAdministrationStore, ExternalAccountKey } from '../../acme/index.ts';
import type { EventDraft } from '../../events/index.ts';
import { type Acts, undo } from '../acts.ts';
import {
  type AccountRow,
  accountColumns,
  accountFromRow,
  type ExternalKeyRow,
  externalKeyColumns,
  externalKeyFromRow,
} from './acme-rows.ts';
import { storable } from './storable.ts';

/** What administrators ask of accounts and their keys. */
export class AcmeAdministrationQueries implements AcmeAdministrationStore {
  readonly #acts: Acts;

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  async listAccounts(page: Parameters<AcmeAdministrationStore['listAccounts']>[0]): Promise<AcmeAccount[]> {
    const { clientId, after = '', limit } = page;
    if (!storable(after) || !storable(clientId ?? '')) return [];
    const rows = await this.#acts.database.all<AccountRow>(
      `SELECT ${accountColumns} FROM acme_accounts
       WHERE id > ?${clientId === undefined ? '' : ' AND client_id = ?'} ORDER BY id LIMIT ?`,
      clientId === undefined ? [after, limit] : [after, clientId, limit],
    );
    return rows.map(accountFromRow);
  }

  deactivateAccount(id: string, event: EventDraft): Promise<boolean> {
    return this.#acts.act(async (transaction) => {
      const changed = await transaction.run(
        `UPDATE acme_accounts SET status = 'deactivated', revision = revision + 1 WHERE id = ? AND status = 'valid'`,
        [id],
      );
      if (changed === 0) undo(false);
      return { events: [event], outcome: () => true };
    });
  }

  async listUnusedKeys(
    page: Parameters<AcmeAdministrationStore['listUnusedKeys']>[0],
  ): Promise<ExternalAccountKey[]> {
    const { clientId, at, after = '', limit } = page;
    if (!storable(after) || !storable(clientId)) return [];
    const rows = await this.#acts.database.all<ExternalKeyRow>(
      `SELECT ${externalKeyColumns} FROM acme_external_keys
       WHERE client_id = ? AND used_at IS NULL AND expires_at > ? AND kid > ? ORDER BY kid LIMIT ?`,
      [clientId, at, after, limit],
    );
    return rows.map(externalKeyFromRow);
  }

  withdrawKey(kid: string, event: EventDraft): Promise<boolean> {
    return this.#acts.act(async (transaction) => {
      const deleted = await transaction.run(
        'DELETE FROM acme_external_keys WHERE kid = ? AND used_at IS NULL',
        [kid],
      );
      if (deleted === 0) undo(false);
      return { events: [event], outcome: () => true };
    });
  }
}
