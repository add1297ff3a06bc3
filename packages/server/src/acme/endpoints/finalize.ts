import { AuthorityError, type IssueAct, type IssueOutcome } from '../../authority/index.ts';
import type { EventDraft } from '../../events/index.ts';
import { AcmeError, malformed } from '../acme-error.ts';
import { authorityRefusal } from '../authority-refusal.ts';
import { boundClient, isEnoughFor } from '../authorize.ts';
import type { AccountCall, Endpoint } from '../endpoint.ts';
import { whyNotCertified } from '../known-key.ts';
import { orderStatus } from '../order-status.ts';
import { readCsr } from '../read-csr.ts';
import type { Order } from '../records.ts';
import type { KnownKey } from '../store.ts';
import { answerOrder, ownOrder } from './orders.ts';

/**
 * RFC 8555 §7.4: the certificate is issued, recorded and given to the order in one transaction, so an order never waits
 * as `processing`, and what a client may download is on record.
 */
export const finalize: Endpoint = {
  path: 'order/{order}/finalize',
  signedBy: 'account',
  async handle(call) {
    if (call.payload === undefined) throw malformed('The payload is empty.');
    const { order, authorizations } = await ownOrder(call);
    const status = orderStatus(order, authorizations, call.now);
    if (status !== 'ready') throw new AcmeError('orderNotReady', `The order is ${status}.`);
    if (!authorizations.every((one) => isEnoughFor(call.profile, one))) {
      throw new AcmeError('orderNotReady', 'The names of the order have to be proven by now; order again.');
    }
    const csr = readCsr(call.payload['csr'], order.identifiers);
    const why = whyNotCertified(await call.context.store.knownKey(csr.spkiSha256), call.account);
    if (why !== undefined) throw new AcmeError('badCSR', why);
    const certificate = await issue(call, order, csr.der);
    return answerOrder(call, { ...order, certificate }, authorizations);
  },
};

async function issue(call: AccountCall, order: Order, csr: Buffer): Promise<string> {
  const { context, account, profile, now } = call;
  const client = account.clientId === undefined ? undefined : await boundClient(call);
  const keep = async (act: IssueAct, events: readonly EventDraft[]): Promise<IssueOutcome> => {
    // Asked again where it is recorded: another may have taken the key since.
    const isKeyAllowed = (key: KnownKey): boolean => whyNotCertified(key, account) === undefined;
    const outcome = await context.store.finalize(
      { orderId: order.id, at: now, issue: act, isKeyAllowed },
      events,
    );
    if (!outcome.done && outcome.conflict === 'key_refused') {
      throw new AcmeError('badCSR', 'The key is that of another, who was first.');
    }
    if (!outcome.done && outcome.conflict === 'order_not_ready') {
      throw new AcmeError('orderNotReady', 'The order is not ready any more.');
    }
    return outcome as IssueOutcome;
  };
  try {
    const { record } = await context.authority.issue({
      profile: profile.name,
      ...(client === undefined ? {} : { clientId: client.clientId }),
      csr,
      names: order.identifiers.map(({ value }) => value),
      ...(order.notBefore === undefined ? {} : { notBefore: order.notBefore }),
      ...(order.notAfter === undefined ? {} : { notAfter: order.notAfter }),
      actor: `account:${account.id}`,
      keep,
    });
    return record.fingerprint256;
  } catch (error) {
    if (error instanceof AuthorityError) throw authorityRefusal(error);
    throw error;
  }
}
