import type { AcmeStore, Authorization, FinalizeOutcome, Order } from '../../acme/index.ts';
import { type ActResult, type Acts, undo } from '../acts.ts';
import type { Transaction } from '../database.ts';
import { placeholders } from '../statement-text.ts';
import { holdKey } from './acme-keys.ts';
import {
  type AuthorizationRow,
  authorizationColumns,
  authorizationFromRow,
  authorizationValues,
  type OrderRow,
  orderColumns,
  orderFromRow,
  orderValues,
} from './acme-rows.ts';
import { recordIssued } from './issuance.ts';
import { storable } from './storable.ts';

/** Orders and what becomes of them. Rows are held in one order: the account, the order, its authorizations, the client. */
export class AcmeOrderQueries {
  readonly #acts: Acts;

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  create(...[act, event]: Parameters<AcmeStore['createOrder']>): Promise<'done' | 'already_replaced'> {
    return this.#acts.act(async (transaction): Promise<ActResult<'done' | 'already_replaced'>> => {
      const { order, authorizations } = act;
      if (order.replaces !== undefined) {
        // Who replaces a certificate holds its row, so that two orders do not both find it free.
        await transaction.all('SELECT fingerprint256 FROM certificates WHERE fingerprint256 = ? FOR UPDATE', [
          order.replaces.fingerprint256,
        ]);
        if (await isReplaced(transaction, order)) undo('already_replaced');
      }
      for (const authorization of authorizations) await insertAuthorization(transaction, authorization);
      await transaction.run(
        `INSERT INTO acme_orders (${orderColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        orderValues(order),
      );
      return { events: [event], outcome: () => 'done' };
    });
  }

  find(id: string): Promise<Order | undefined> {
    return this.#one('id', id);
  }

  ofCertificate(fingerprint256: string): Promise<Order | undefined> {
    return this.#one('certificate', fingerprint256);
  }

  async list(page: Parameters<AcmeStore['listOrders']>[0]): Promise<Order[]> {
    const { accountId, before, limit } = page;
    if (before !== undefined && !storable(before)) return [];
    const rows = await this.#acts.database.all<OrderRow>(
      before === undefined
        ? `SELECT ${orderColumns} FROM acme_orders WHERE account_id = ? ORDER BY created_at DESC, id DESC LIMIT ?`
        : `SELECT ${orderColumns} FROM acme_orders
           WHERE account_id = ? AND (created_at, id) < (SELECT o.created_at, o.id FROM acme_orders o WHERE o.id = ?)
           ORDER BY created_at DESC, id DESC LIMIT ?`,
      before === undefined ? [accountId, limit] : [accountId, before, limit],
    );
    return rows.map(orderFromRow);
  }

  finalize(...[act, events]: Parameters<AcmeStore['finalize']>): Promise<FinalizeOutcome> {
    return this.#acts.act(async (transaction): Promise<ActResult<FinalizeOutcome>> => {
      const { spkiSha256 } = act.issue.certificate;
      const key = await holdKey(transaction, this.#acts.database.dialect, spkiSha256);
      if (!act.isKeyAllowed(key)) undo({ done: false, conflict: 'key_refused' });
      if (!(await isReady(transaction, act.orderId, act.at)))
        undo({ done: false, conflict: 'order_not_ready' });
      const recorded = await recordIssued(transaction, act.issue, events);
      const noted = transaction.run('UPDATE acme_orders SET certificate = ? WHERE id = ?', [
        act.issue.certificate.fingerprint256,
        act.orderId,
      ]);
      return { ...recorded, written: Promise.all([recorded.written, noted]) };
    });
  }

  async #one(column: 'id' | 'certificate', value: string): Promise<Order | undefined> {
    if (!storable(value)) return undefined;
    const [row] = await this.#acts.database.all<OrderRow>(
      `SELECT ${orderColumns} FROM acme_orders WHERE ${column} = ?`,
      [value],
    );
    return row === undefined ? undefined : orderFromRow(row);
  }
}

export async function insertAuthorization(
  transaction: Transaction,
  authorization: Authorization,
): Promise<void> {
  await transaction.run(
    `INSERT INTO acme_authorizations (${authorizationColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    authorizationValues(authorization),
  );
}

export async function readAuthorizations(
  reader: Pick<Transaction, 'all'>,
  ids: readonly string[],
  held = false,
): Promise<Authorization[]> {
  if (ids.length === 0 || !ids.every(storable)) return [];
  const rows = await reader.all<AuthorizationRow>(
    `SELECT ${authorizationColumns} FROM acme_authorizations WHERE id IN (${placeholders(ids.length)})
     ORDER BY id${held ? ' FOR SHARE' : ''}`,
    [...ids],
  );
  const found = new Map(rows.map((row) => [row.id, authorizationFromRow(row)]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** Whether another order that is still good replaces the same certificate. */
async function isReplaced(transaction: Transaction, order: Order): Promise<boolean> {
  const rows = await transaction.all<OrderRow>(
    `SELECT ${orderColumns} FROM acme_orders WHERE replaces = ? ORDER BY created_at DESC LIMIT 100`,
    [order.replaces!.fingerprint256],
  );
  for (const other of rows.map(orderFromRow)) {
    if (other.certificate !== undefined) return true;
    if (other.expiresAt <= order.createdAt) continue;
    const authorizations = await readAuthorizations(transaction, other.authorizationIds);
    const failed = authorizations.some(
      ({ status, expiresAt }) =>
        status === 'invalid' || status === 'deactivated' || expiresAt <= order.createdAt,
    );
    if (!failed) return true;
  }
  return false;
}

/** Holds the order with all that its readiness hangs on. */
async function isReady(transaction: Transaction, orderId: string, at: number): Promise<boolean> {
  const [account] = await transaction.all<{ status: string }>(
    `SELECT status FROM acme_accounts WHERE id = (SELECT account_id FROM acme_orders WHERE id = ?) FOR SHARE`,
    [orderId],
  );
  const [row] = await transaction.all<OrderRow>(
    `SELECT ${orderColumns} FROM acme_orders WHERE id = ? FOR UPDATE`,
    [orderId],
  );
  if (account?.status !== 'valid' || row === undefined) return false;
  const order = orderFromRow(row);
  if (order.certificate !== undefined || order.expiresAt <= at) return false;
  const authorizations = await readAuthorizations(transaction, order.authorizationIds, true);
  return (
    authorizations.length === order.authorizationIds.length &&
    authorizations.every(({ status, expiresAt }) => status === 'valid' && expiresAt > at)
  );
}
