import type { EventDraft } from '../../events/index.ts';
import { AcmeError, malformed, notFound } from '../acme-error.ts';
import { authorize } from '../authorize.ts';
import { authorizationDocument, challengeDocument, pollAfterSeconds } from '../documents.ts';
import type { AccountCall, Endpoint, Reply } from '../endpoint.ts';
import { identifierText, readIdentifiers } from '../identifiers.ts';
import { authorizationStatus } from '../order-status.ts';
import type { Authorization } from '../records.ts';

/** RFC 8555 §7.4.1: before there is an order. */
export const newAuthorization: Endpoint = {
  path: 'new-authorization',
  signedBy: 'account',
  async handle(call) {
    const identifiers = readIdentifiers([call.payload?.['identifier']]);
    if (identifiers[0]!.value.startsWith('*.')) {
      throw malformed('A wildcard is authorized by an order alone.');
    }
    call.context.limits.take('newOrder', call.account.id);
    const { all, added } = await authorize(call, identifiers);
    const authorization = all[0]!;
    if (added.length > 0) {
      await call.context.store.addAuthorization(
        authorization,
        authorizationEvent(call, authorization, 'authorization.created'),
      );
    }
    return { ...answer(call, authorization), status: added.length > 0 ? 201 : 200 };
  },
};

/** RFC 8555 §7.5, §7.5.2: shows it, or gives it up. */
export const authorization: Endpoint = {
  path: 'authorization/{authorization}',
  signedBy: 'account',
  async handle(call) {
    const found = await ownAuthorization(call);
    if (call.payload === undefined) return answer(call, found);
    if (call.payload['status'] !== 'deactivated')
      throw malformed('An authorization can only be deactivated.');
    const status = authorizationStatus(found, call.now);
    if (status !== 'pending' && status !== 'valid') throw malformed(`The authorization is ${status}.`);
    const { attemptDueAt: _, ...rest } = found;
    const next: Authorization = { ...rest, status: 'deactivated', revision: found.revision + 1 };
    await change(call, next, [authorizationEvent(call, next, 'authorization.deactivated')]);
    return answer(call, next);
  },
};

/** RFC 8555 §7.5.1: the client is ready for validation. */
export const challenge: Endpoint = {
  path: 'challenge/{authorization}/{type}',
  signedBy: 'account',
  async handle(call) {
    const found = await ownAuthorization(call);
    const asked = found.challenges.find(({ type }) => type === call.params[1]);
    if (asked === undefined) throw notFound();
    const underWay = found.challenges.some(({ status }) => status === 'processing');
    const open = authorizationStatus(found, call.now) === 'pending' && !underWay;
    if (call.payload === undefined || !open) return answerChallenge(call, found);
    const { limits, validate } = call.context;
    limits.check('failedValidation', `${call.account.id} ${identifierText(found.identifier)}`);
    const next: Authorization = {
      ...found,
      challenges: found.challenges.map((one) => (one === asked ? { ...one, status: 'processing' } : one)),
      attempts: 0,
      attemptDueAt: call.now,
      revision: found.revision + 1,
    };
    await change(call, next, []);
    await validate(next.id);
    const [tried = next] = await call.context.store.findAuthorizations([next.id]);
    return answerChallenge(call, tried);
  },
};

async function ownAuthorization(call: AccountCall): Promise<Authorization> {
  const [found] = await call.context.store.findAuthorizations([call.params[0]!]);
  if (found === undefined || found.accountId !== call.account.id) throw notFound();
  return found;
}

async function change(call: AccountCall, next: Authorization, events: readonly EventDraft[]): Promise<void> {
  const act = { authorization: next, expectedRevision: next.revision - 1 };
  if (await call.context.store.changeAuthorization(act, events)) return;
  throw new AcmeError('serverInternal', 'The authorization was changed at the same time.', {
    status: 503,
    retryAfterSeconds: 1,
  });
}

function answer(call: AccountCall, shown: Authorization): Reply {
  const pending = authorizationStatus(shown, call.now) === 'pending';
  return {
    status: 200,
    document: authorizationDocument(shown, call.urls, call.now),
    headers: {
      Location: call.urls.authorization(shown.id),
      ...(pending ? { 'Retry-After': String(pollAfterSeconds) } : {}),
    },
  };
}

function answerChallenge(call: AccountCall, shown: Authorization): Reply {
  const asked = shown.challenges.find(({ type }) => type === call.params[1])!;
  return {
    status: 200,
    document: challengeDocument(asked, shown, call.urls),
    headers: asked.status === 'processing' ? { 'Retry-After': String(pollAfterSeconds) } : {},
    links: [['up', call.urls.authorization(shown.id)]],
  };
}

function authorizationEvent(call: AccountCall, { id, identifier }: Authorization, act: string): EventDraft {
  const { account } = call;
  return {
    actor: `account:${account.id}`,
    act,
    object: { kind: 'authorization', id },
    ...(account.clientId === undefined ? {} : { clientId: account.clientId }),
    data: { profile: account.profile, identifier: identifierText(identifier) },
  };
}
