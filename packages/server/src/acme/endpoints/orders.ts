import { AuthorityError } from '../../authority/index.ts';
import { AcmeError, malformed, notFound } from '../acme-error.ts';
import { authorityRefusal } from '../authority-refusal.ts';
import { authorize, orderLifetimeSeconds } from '../authorize.ts';
import { readCertificateId } from '../certificate-id.ts';
import { orderDocument, pollAfterSeconds } from '../documents.ts';
import type { AccountCall, Endpoint, Reply } from '../endpoint.ts';
import { identifierText, readIdentifiers } from '../identifiers.ts';
import { findNamed } from '../issued-here.ts';
import { orderStatus } from '../order-status.ts';
import { randomId } from '../random-id.ts';
import type { Authorization, Identifier, Order } from '../records.ts';

const pageSize = 50;
const dateTime = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

/** RFC 8555 §7.4, RFC 9773 §5, draft-ietf-acme-profiles §4. */
export const newOrder: Endpoint = {
  path: 'new-order',
  signedBy: 'account',
  async handle(call) {
    const { context, payload, account, now } = call;
    if (payload === undefined) throw malformed('The payload is empty.');
    const profile = payload['profile'];
    if (profile !== undefined && profile !== call.profile.name) {
      throw new AcmeError('invalidProfile', `This directory is that of the profile ${call.profile.name}.`);
    }
    const identifiers = readIdentifiers(payload['identifiers']);
    const period = readPeriod(payload, now);
    await refuseImpossiblePeriod(call, period);
    const replaces = await readReplaces(call, payload['replaces'], identifiers);
    context.limits.take('newOrder', account.id);
    const { all, added } = await authorize(call, identifiers);
    const order: Order = {
      id: randomId(),
      accountId: account.id,
      identifiers,
      authorizationIds: all.map(({ id }) => id),
      ...period,
      expiresAt: now + orderLifetimeSeconds * 1000,
      createdAt: now,
      ...(replaces === undefined ? {} : { replaces }),
    };
    const outcome = await context.store.createOrder(
      { order, authorizations: added },
      {
        actor: `account:${account.id}`,
        act: 'order.created',
        object: { kind: 'order', id: order.id },
        ...(account.clientId === undefined ? {} : { clientId: account.clientId }),
        data: { profile: call.profile.name, identifiers: identifiers.map(identifierText) },
      },
    );
    if (outcome === 'already_replaced') {
      throw new AcmeError('alreadyReplaced', 'Another order replaces the certificate already.');
    }
    return { ...answerOrder(call, order, all), status: 201 };
  },
};

export const showOrder: Endpoint = {
  path: 'order/{order}',
  signedBy: 'account',
  async handle(call) {
    const { order, authorizations } = await ownOrder(call);
    return answerOrder(call, order, authorizations);
  },
};

/** RFC 8555 §7.1.2.1, the newest first, without the invalid ones: a page can be shorter than others. */
export const listOrders: Endpoint = {
  path: 'account/{account}/orders',
  signedBy: 'account',
  async handle(call) {
    const { context, account, urls, now } = call;
    if (call.params[0] !== account.id) throw notFound();
    const before = new URLSearchParams(call.request.query).get('before') ?? undefined;
    const page = { accountId: account.id, limit: pageSize + 1, ...(before === undefined ? {} : { before }) };
    const orders = await context.store.listOrders(page);
    const paged = orders.slice(0, pageSize);
    const more = orders.length > pageSize;
    const open = paged.filter(({ certificate, expiresAt }) => certificate === undefined && expiresAt > now);
    const ids = new Set(open.flatMap(({ authorizationIds }) => authorizationIds));
    const found = await context.store.findAuthorizations([...ids]);
    const byId = new Map(found.map((one) => [one.id, one]));
    const shown = paged.filter((order) => {
      const authorizations = order.authorizationIds.flatMap((id) => byId.get(id) ?? []);
      return orderStatus(order, authorizations, now) !== 'invalid';
    });
    return {
      status: 200,
      document: { orders: shown.map(({ id }) => urls.order(id)) },
      links: more ? [['next', `${urls.orders(account.id)}?before=${paged.at(-1)!.id}`]] : [],
    };
  },
};

export async function ownOrder(
  call: AccountCall,
): Promise<{ order: Order; authorizations: readonly Authorization[] }> {
  const order = await call.context.store.findOrder(call.params[0]!);
  if (order === undefined || order.accountId !== call.account.id) throw notFound();
  return { order, authorizations: await call.context.store.findAuthorizations(order.authorizationIds) };
}

export function answerOrder(
  call: AccountCall,
  order: Order,
  authorizations: readonly Authorization[],
): Reply {
  const { urls, profile, now } = call;
  return {
    status: 200,
    document: orderDocument(order, authorizations, { urls, profile, now }),
    headers: {
      Location: urls.order(order.id),
      ...(orderStatus(order, authorizations, now) === 'pending'
        ? { 'Retry-After': String(pollAfterSeconds) }
        : {}),
    },
  };
}

function readPeriod(
  payload: Readonly<Record<string, unknown>>,
  now: number,
): { notBefore?: number; notAfter?: number } {
  const [notBefore, notAfter] = (['notBefore', 'notAfter'] as const).map((member) => {
    const value = payload[member];
    if (value === undefined) return undefined;
    const at = readDateTime(value);
    if (Number.isNaN(at)) throw malformed(`${member} is a date and time as in RFC 3339.`);
    // Certificates have whole seconds.
    return Math.floor(at / 1000) * 1000;
  });
  if (notAfter !== undefined && notAfter <= Math.max(now, notBefore ?? 0)) {
    throw malformed('notAfter is in the past, or not after notBefore.');
  }
  if (notBefore !== undefined && notBefore < now - 86_400_000) throw malformed('notBefore is in the past.');
  return {
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(notAfter === undefined ? {} : { notAfter }),
  };
}

/** NaN for what is none. Date.parse alone takes the 30th of February for the 2nd of March. */
function readDateTime(value: unknown): number {
  if (typeof value !== 'string' || !dateTime.test(value)) return Number.NaN;
  const [year, month, day] = value.slice(0, 10).split('-').map(Number);
  return day! > new Date(Date.UTC(year!, month!, 0)).getUTCDate() ? Number.NaN : Date.parse(value);
}

/** A period that the certificate could not have is refused before anything has to be proven for it. */
async function refuseImpossiblePeriod(
  { context, profile, account: { clientId } }: AccountCall,
  period: { notBefore?: number; notAfter?: number },
): Promise<void> {
  if (period.notBefore === undefined && period.notAfter === undefined) return;
  try {
    await context.authority.checkPeriod({
      profile: profile.name,
      ...(clientId === undefined ? {} : { clientId }),
      ...period,
    });
  } catch (error) {
    if (error instanceof AuthorityError) throw authorityRefusal(error);
    throw error;
  }
}

/** RFC 9773 §5: it must be of this account and share an identifier. */
async function readReplaces(
  call: AccountCall,
  value: unknown,
  identifiers: readonly Identifier[],
): Promise<Order['replaces']> {
  if (value === undefined) return undefined;
  const found = await findNamed(call.context, readCertificateId(value));
  if (found === undefined) throw new AcmeError('malformed', 'replaces names no certificate of this server.');
  const { store } = call.context;
  const former = await store.findOrderOfCertificate(found.fingerprint256);
  const ownClient = found.clientId !== undefined && found.clientId === call.account.clientId;
  if (former?.accountId !== call.account.id && !ownClient) {
    throw new AcmeError('unauthorized', 'replaces names a certificate of another account.');
  }
  if (!identifiers.some((one) => found.names.includes(identifierText(one)))) {
    throw new AcmeError('malformed', 'The order shares no identifier with the certificate that it replaces.');
  }
  return { fingerprint256: found.fingerprint256, certificateId: value as string };
}
