import { createHash } from 'node:crypto';
import type { PublicJwk } from '../../clients/index.ts';
import type { EventDraft } from '../../events/index.ts';
import { AcmeError, accountDeactivated, malformed, notFound } from '../acme-error.ts';
import { accountDocument } from '../documents.ts';
import type { AccountCall, Endpoint, KeyCall, Reply } from '../endpoint.ts';
import { bindingDocument, usedUp, verifyBinding } from '../external-account.ts';
import { parseObject, readJwk, readJws, verifyJws } from '../jws.ts';
import { randomId } from '../random-id.ts';
import type { AcmeAccount } from '../records.ts';

const maximumContacts = 10;
/** How often a change is written anew because others changed the account meanwhile. */
const maximumTries = 5;
const mailAddress = /^mailto:[^\s?,@]{1,64}@[^\s?,@]{1,253}$/;

/** RFC 8555 §7.3: makes an account, or finds the one that the key has already. */
export const newAccount: Endpoint = {
  path: 'new-account',
  signedBy: 'key',
  async handle(call) {
    const payload = required(call.payload);
    const { context, key, profile } = call;
    const existing = await context.store.findAccountByKey(profile.name, key.thumbprint);
    if (existing !== undefined) return found(call, existing);
    if (payload['onlyReturnExisting'] === true) {
      throw new AcmeError('accountDoesNotExist', 'There is no account with this key.');
    }
    context.limits.take('newAccount', call.request.remoteAddress);
    const account = await readAccount(call, payload);
    const binding = payload['externalAccountBinding'];
    const { kid, clientId } = await bind(call, binding);
    const made: AcmeAccount = {
      ...account,
      ...(clientId === undefined ? {} : { clientId, externalAccountBinding: bindingDocument(binding) }),
    };
    const outcome = await context.store.createAccount(
      { account: made, ...(kid === undefined ? {} : { externalKey: kid }) },
      accountEvent('account.created', made, {
        thumbprint: made.thumbprint,
        ...(kid === undefined ? {} : { kid }),
      }),
    );
    if (outcome === 'external_key_used') throw usedUp();
    if (outcome === 'key_certified') throw certified();
    if (outcome === 'account_exists') {
      const other = await context.store.findAccountByKey(profile.name, key.thumbprint);
      if (other !== undefined) return found(call, other);
    }
    return { ...answer(call, made), status: 201 };
  },
};

/** RFC 8555 §7.3.2, §7.3.6: shows, changes or deactivates the account. */
export const account: Endpoint = {
  path: 'account/{account}',
  signedBy: 'account',
  async handle(call) {
    if (call.params[0] !== call.account.id) throw notFound();
    const { payload } = call;
    if (payload === undefined) return answer(call, call.account);
    const status = payload['status'];
    if (status !== undefined && status !== 'deactivated' && status !== call.account.status) {
      throw malformed('An account can only be deactivated.');
    }
    const contact = payload['contact'] === undefined ? undefined : readContact(payload['contact']);
    const deactivated = status === 'deactivated';
    const agreed = payload['termsOfServiceAgreed'] === true;
    const changed = await change(
      call,
      deactivated ? 'account.deactivated' : 'account.updated',
      (current) => ({
        ...current,
        ...(contact === undefined ? {} : { contact }),
        status: deactivated ? 'deactivated' : 'valid',
        termsOfServiceAgreed: current.termsOfServiceAgreed || agreed,
      }),
    );
    return answer(call, changed);
  },
};

/** RFC 8555 §7.3.5: another key for the account; both keys sign. */
export const keyChange: Endpoint = {
  path: 'key-change',
  signedBy: 'account',
  async handle(call) {
    const inner = readJws(required(call.payload));
    const { jwk, kid, url, nonce } = inner.header;
    if (jwk === undefined || kid !== undefined) throw malformed('The inner JWS holds the new key in jwk.');
    if (url !== call.url) throw malformed('The inner JWS has another url.');
    if (nonce !== undefined) throw malformed('The inner JWS has a nonce.');
    const key = readJwk(jwk);
    verifyJws(inner, key);
    const payload = parseObject(inner.payload, 'The payload of the inner JWS');
    if (payload['account'] !== call.urls.account(call.account.id)) {
      throw malformed('The inner JWS is about another account.');
    }
    if (readJwk(payload['oldKey']).thumbprint !== call.account.thumbprint) {
      throw malformed('oldKey is not the key of the account.');
    }
    const taken = await call.context.store.findAccountByKey(call.profile.name, key.thumbprint);
    if (taken !== undefined) throw keyTaken(call, taken.id);
    const next = keyOf(key);
    await refuseCertified(call, next.spkiSha256);
    const changed = await change(call, 'account.key_changed', (current) => ({ ...current, ...next }), {
      thumbprint: next.thumbprint,
    });
    return answer(call, changed);
  },
};

/** Whoever has the key of a certificate, a server maybe, must not have an account with it. */
async function refuseCertified({ context }: AccountCall | KeyCall, spkiSha256: string): Promise<void> {
  if ((await context.store.knownKey(spkiSha256)).uses.length > 0) throw certified();
}

function certified(): AcmeError {
  return new AcmeError('badPublicKey', 'The key is that of a certificate.');
}

async function readAccount(call: KeyCall, payload: Readonly<Record<string, unknown>>): Promise<AcmeAccount> {
  const { key, profile, now } = call;
  const accountKey = keyOf(key);
  await refuseCertified(call, accountKey.spkiSha256);
  return {
    id: randomId(),
    profile: profile.name,
    ...accountKey,
    status: 'valid',
    contact: payload['contact'] === undefined ? [] : readContact(payload['contact']),
    termsOfServiceAgreed: payload['termsOfServiceAgreed'] === true,
    createdAt: now,
    revision: 1,
  };
}

async function bind(call: KeyCall, binding: unknown): Promise<{ kid?: string; clientId?: string }> {
  const { context, profile, key, url, now } = call;
  if (binding === undefined) {
    if (!profile.forClients && !context.externalAccountRequired) return {};
    throw new AcmeError(
      'externalAccountRequired',
      'Accounts here are bound to a client by a key from its administrator.',
    );
  }
  const { kid, clientId } = await verifyBinding(context, binding, { key, url, profile: profile.name, now });
  const client = await context.clients.find(clientId);
  if (client?.status !== 'active') throw new AcmeError('unauthorized', 'The client is not active.');
  return { kid, clientId };
}

function found(call: KeyCall, existing: AcmeAccount): Reply {
  if (existing.status === 'valid') return answer(call, existing);
  throw accountDeactivated();
}

/**
 * Writes what `next` makes of the account, also where it was changed meanwhile; but only for the key that signed this
 * request (RFC 8555 §7.3.5: of two key changes at once, one finds the account changed).
 */
async function change(
  call: AccountCall,
  act: string,
  next: (current: AcmeAccount) => AcmeAccount,
  data: Record<string, string> = {},
): Promise<AcmeAccount> {
  const { store } = call.context;
  let current = call.account;
  for (let left = maximumTries; left > 0; left -= 1) {
    const changed = { ...next(current), revision: current.revision + 1 };
    const outcome = await store.changeAccount(
      { account: changed, expectedRevision: current.revision },
      accountEvent(act, changed, data),
    );
    if (outcome === 'done') return changed;
    if (outcome === 'key_taken') throw keyTaken(call);
    if (outcome === 'key_certified') throw certified();
    const found = await store.findAccount(current.id);
    if (found?.status !== 'valid') throw accountDeactivated();
    if (found.thumbprint !== call.account.thumbprint) {
      throw new AcmeError('malformed', 'The key of the account was changed at the same time.', {
        status: 409,
        headers: { Location: call.urls.account(found.id) },
      });
    }
    current = found;
  }
  throw new AcmeError('serverInternal', 'The account is changed over and over at the same time.', {
    status: 503,
    retryAfterSeconds: 1,
  });
}

function keyTaken(call: AccountCall, owner?: string): AcmeError {
  return new AcmeError('malformed', 'Another account has this key.', {
    status: 409,
    ...(owner === undefined ? {} : { headers: { Location: call.urls.account(owner) } }),
  });
}

function answer(call: AccountCall | KeyCall, shown: AcmeAccount): Reply {
  return {
    status: 200,
    document: accountDocument(shown, call.urls),
    headers: { Location: call.urls.account(shown.id) },
  };
}

function keyOf({
  jwk,
  thumbprint,
  publicKey,
}: PublicJwk): Pick<AcmeAccount, 'jwk' | 'thumbprint' | 'spkiSha256'> {
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return { jwk, thumbprint, spkiSha256: createHash('sha256').update(spki).digest('hex') };
}

function readContact(value: unknown): string[] {
  if (
    !Array.isArray(value) ||
    value.length > maximumContacts ||
    value.some((one) => typeof one !== 'string')
  ) {
    throw malformed(`contact is a list of at most ${maximumContacts} URLs.`);
  }
  for (const url of value as string[]) {
    if (!/^mailto:/i.test(url)) throw new AcmeError('unsupportedContact', 'A contact is a mailto URL.');
    if (!mailAddress.test(url)) {
      throw new AcmeError('invalidContact', 'A contact is one mail address, without header fields.');
    }
  }
  return value as string[];
}

function accountEvent(
  act: string,
  { id, profile, clientId }: AcmeAccount,
  data: Record<string, string>,
): EventDraft {
  return {
    actor: `account:${id}`,
    act,
    object: { kind: 'account', id },
    ...(clientId === undefined ? {} : { clientId }),
    data: { profile, ...data },
  };
}

function required(payload: KeyCall['payload']): Readonly<Record<string, unknown>> {
  if (payload === undefined) throw malformed('The payload is empty.');
  return payload;
}
