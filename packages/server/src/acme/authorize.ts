import { AuthorityError } from '../authority/index.ts';
import { type ClientRecord, clientDnsName } from '../clients/index.ts';
import { AcmeError } from './acme-error.ts';
import { authorityRefusal } from './authority-refusal.ts';
import { challengeMethods } from './challenges/challenges.ts';
import type { AcmeProfile } from './context.ts';
import type { AccountCall } from './endpoint.ts';
import { authorizedIdentifier, identifierText, sameIdentifier } from './identifiers.ts';
import { randomId, randomToken } from './random-id.ts';
import type { Authorization, Challenge, Identifier } from './records.ts';

const daySeconds = 86_400;
/** How long an order and its pending authorizations wait. */
export const orderLifetimeSeconds = 7 * daySeconds;
const maximumPending = 300;

/**
 * Authorizations for the identifiers, in their order: valid ones that are there, and new ones. Under a profile for clients
 * they are born valid, for the name of the account's client alone. Throws AcmeError.
 */
export async function authorize(
  call: AccountCall,
  identifiers: readonly Identifier[],
): Promise<{ readonly all: readonly Authorization[]; readonly added: readonly Authorization[] }> {
  const { context, account, profile, now } = call;
  if (profile.forClients) refuseOthersNames(identifiers, await boundClient(call), context.issuer);
  await refuseForbiddenNames(call, identifiers);
  const wanted = identifiers.map(authorizedIdentifier);
  const valid = await context.store.validAuthorizations({
    accountId: account.id,
    identifiers: wanted.map(({ identifier }) => identifier),
    at: now,
  });
  const added: Authorization[] = [];
  const all = wanted.map(({ identifier, wildcard }) => {
    const known = valid.find(
      (one) =>
        one.wildcard === wildcard && sameIdentifier(one.identifier, identifier) && isEnoughFor(profile, one),
    );
    if (known !== undefined) return known;
    const made = newAuthorization(call, identifier, wildcard);
    added.push(made);
    return made;
  });
  const pending = added.filter(({ status }) => status === 'pending').length;
  if (pending > 0 && (await context.store.countPending(account.id, now)) + pending > maximumPending) {
    throw new AcmeError('rateLimited', 'The account has too many pending authorizations.', {
      retryAfterSeconds: 3600,
    });
  }
  return { all, added };
}

/**
 * Whether an authorization counts under a profile as it is now. One that was born valid does only where the profile issues to
 * clients: it may have issued to them when the authorization was made, and to servers since.
 */
export function isEnoughFor(profile: AcmeProfile, { challenges }: Authorization): boolean {
  return profile.forClients || challenges.length > 0;
}

/** The client that the account is bound to. Throws AcmeError if it is not active. */
export async function boundClient({ context, account }: AccountCall): Promise<ClientRecord> {
  const client = account.clientId === undefined ? undefined : await context.clients.find(account.clientId);
  if (client?.status === 'active') return client;
  throw new AcmeError('unauthorized', 'The client that the account is bound to is not active.');
}

function newAuthorization(call: AccountCall, identifier: Identifier, wildcard: boolean): Authorization {
  const { account, profile, now } = call;
  const challenges = profile.forClients ? [] : challengesFor(identifier, wildcard);
  return {
    id: randomId(),
    accountId: account.id,
    identifier,
    wildcard,
    status: profile.forClients ? 'valid' : 'pending',
    expiresAt: now + orderLifetimeSeconds * 1000,
    createdAt: now,
    challenges,
    attempts: 0,
    revision: 1,
  };
}

function challengesFor(identifier: Identifier, wildcard: boolean): Challenge[] {
  const token = randomToken();
  return challengeMethods
    .filter((method) => method.appliesTo(identifier, wildcard))
    .map(({ type }) => ({ type, token, status: 'pending' }));
}

/** What no certificate is allowed for, by the profile or by the name constraints of who would sign it, is not proven first. */
async function refuseForbiddenNames(
  { context, account, profile }: AccountCall,
  identifiers: readonly Identifier[],
): Promise<void> {
  const names = identifiers.map(({ value }) => value);
  const { clientId } = account;
  try {
    await context.authority.checkNames({
      profile: profile.name,
      names,
      ...(clientId === undefined ? {} : { clientId }),
    });
  } catch (error) {
    if (!(error instanceof AuthorityError)) throw error;
    const { type, message } = authorityRefusal(error);
    if (type !== 'rejectedIdentifier') throw authorityRefusal(error);
    const subproblems = identifiers
      .filter((one) => error.values.includes(identifierText(one)))
      .map(
        (identifier) =>
          ({ type, detail: 'No certificate of this profile can hold it.', identifier }) as const,
      );
    throw new AcmeError(type, message, subproblems.length === 0 ? {} : { subproblems });
  }
}

function refuseOthersNames(identifiers: readonly Identifier[], client: ClientRecord, issuer: string): void {
  const own: Identifier = { type: 'dns', value: clientDnsName(client, issuer) };
  const others = identifiers.filter((one) => !sameIdentifier(one, own));
  if (others.length === 0) return;
  const detail = `The account is bound to a client whose only identifier is ${own.value}.`;
  const subproblems = others.map(
    (identifier) => ({ type: 'rejectedIdentifier', detail, identifier }) as const,
  );
  throw new AcmeError('rejectedIdentifier', detail, { subproblems });
}
