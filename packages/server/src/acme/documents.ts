import type { AcmeErrorType } from './acme-error.ts';
import { errorPrefix } from './acme-error.ts';
import type { AcmeProfile } from './context.ts';
import { authorizationStatus, orderStatus } from './order-status.ts';
import type { AcmeAccount, Authorization, Challenge, Order } from './records.ts';
import type { AcmeUrls } from './urls.ts';

/** How soon a client should look again at something under way. */
export const pollAfterSeconds = 2;

/** RFC 3339, in whole seconds. */
export function dateTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export function accountDocument(account: AcmeAccount, urls: AcmeUrls): object {
  return {
    status: account.status,
    ...(account.contact.length === 0 ? {} : { contact: account.contact }),
    ...(account.termsOfServiceAgreed ? { termsOfServiceAgreed: true } : {}),
    ...(account.externalAccountBinding === undefined
      ? {}
      : { externalAccountBinding: account.externalAccountBinding }),
    orders: urls.orders(account.id),
  };
}

export function orderDocument(
  order: Order,
  authorizations: readonly Authorization[],
  place: { readonly urls: AcmeUrls; readonly profile: AcmeProfile; readonly now: number },
): object {
  const { urls, profile, now } = place;
  const status = orderStatus(order, authorizations, now);
  return {
    status,
    expires: dateTime(order.expiresAt),
    identifiers: order.identifiers,
    profile: profile.name,
    ...(order.notBefore === undefined ? {} : { notBefore: dateTime(order.notBefore) }),
    ...(order.notAfter === undefined ? {} : { notAfter: dateTime(order.notAfter) }),
    ...(order.replaces === undefined ? {} : { replaces: order.replaces.certificateId }),
    ...(status === 'invalid' ? { error: orderFailure(order, authorizations, now) } : {}),
    authorizations: order.authorizationIds.map((id) => urls.authorization(id)),
    finalize: urls.finalize(order.id),
    ...(status === 'valid' ? { certificate: urls.certificate(order.id) } : {}),
  };
}

export function authorizationDocument(authorization: Authorization, urls: AcmeUrls, now: number): object {
  const status = authorizationStatus(authorization, now);
  const tried = authorization.challenges.filter(({ status: one }) => one === 'valid' || one === 'invalid');
  // RFC 8555 §7.1.4: once it is decided, only the challenge by which it was.
  const shown = status === 'pending' || tried.length === 0 ? authorization.challenges : tried;
  return {
    status,
    expires: dateTime(authorization.expiresAt),
    identifier: authorization.identifier,
    challenges: shown.map((challenge) => challengeDocument(challenge, authorization, urls)),
    ...(authorization.wildcard ? { wildcard: true } : {}),
  };
}

export function challengeDocument(
  challenge: Challenge,
  authorization: Authorization,
  urls: AcmeUrls,
): object {
  const { type, token, status, validatedAt, failure } = challenge;
  return {
    type,
    url: urls.challenge(authorization.id, type),
    status,
    token,
    ...(validatedAt === undefined ? {} : { validated: dateTime(validatedAt) }),
    ...(failure === undefined ? {} : { error: problem(failure.type, failure.detail) }),
  };
}

function orderFailure(order: Order, authorizations: readonly Authorization[], now: number): object {
  const failed = authorizations.flatMap((authorization) => {
    const failure = authorization.challenges.find(({ status }) => status === 'invalid')?.failure;
    return failure === undefined ? [] : [{ authorization, failure }];
  });
  const [first] = failed;
  if (first === undefined) {
    const detail = order.expiresAt <= now ? 'The order has expired.' : 'An authorization is no longer valid.';
    return problem('unauthorized', detail);
  }
  return {
    ...problem(first.failure.type, first.failure.detail),
    subproblems: failed.map(({ authorization: { identifier }, failure }) => ({
      type: errorPrefix + failure.type,
      detail: failure.detail,
      identifier,
    })),
  };
}

function problem(type: AcmeErrorType | 'dns' | 'connection' | 'tls' | 'incorrectResponse', detail: string) {
  return { type: errorPrefix + type, detail, status: 403 };
}
