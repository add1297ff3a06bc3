import type { Agent } from 'undici';
import type { Authenticate, TokenRequestDraft } from '../authentication/authentication-method.ts';
import { ClientError, OAuthError } from '../errors.ts';
import { type BoundedAnswer, boundedRequest, jsonObject } from '../transport/bounded-request.ts';

/** A token to ask for, and to find again. */
export interface TokenTarget {
  /** RFC 8707 resource identifier; undefined leaves the choice to the server. */
  readonly resource: string | undefined;
  /** Scope tokens separated by spaces; undefined asks for the default. */
  readonly scope: string | undefined;
}

/** An access token as the server gave it. */
export interface AccessToken {
  readonly accessToken: string;
  /** Scope granted, where the server said it (RFC 6749 §5.1). */
  readonly scope: string | undefined;
  /** Epoch milliseconds, by this computer's clock, counted from before the request. */
  readonly expiresAt: number;
}

export interface TokenRequestContext {
  readonly agent: Agent;
  readonly endpoint: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly authenticate: Authenticate;
  readonly clock: () => number;
  readonly signal: AbortSignal;
}

/** What a token lives where the server does not say; short, so that guessing wrong costs little. */
const unsaidLifetimeSeconds = 60;

/** Asks for a token with `client_credentials` (RFC 6749 §4.4). Throws `OAuthError` and `ClientError`. */
export async function requestToken(target: TokenTarget, context: TokenRequestContext): Promise<AccessToken> {
  const now = context.clock();
  const draft: TokenRequestDraft = {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    form: new URLSearchParams({ grant_type: 'client_credentials' }),
  };
  if (target.scope !== undefined) draft.form.set('scope', target.scope);
  if (target.resource !== undefined) draft.form.set('resource', target.resource);
  await context.authenticate(draft, { clientId: context.clientId, issuer: context.issuer, now });
  const answer = await boundedRequest(context.agent, {
    url: context.endpoint,
    method: 'POST',
    headers: draft.headers,
    body: draft.form.toString(),
    signal: context.signal,
  });
  if (answer.status !== 200) throw refusal(answer, context.endpoint);
  return readToken(answer.text, now, context.endpoint);
}

/** RFC 6749 §5.1. */
function readToken(text: string, now: number, endpoint: string): AccessToken {
  const {
    access_token: accessToken,
    token_type: tokenType,
    expires_in: expiresIn,
    scope,
  } = jsonObject(text) ?? {};
  if (typeof accessToken !== 'string' || accessToken === '') {
    throw new ClientError('server_response_invalid', `${endpoint} answered without "access_token"`);
  }
  if (typeof tokenType !== 'string' || tokenType.toLowerCase() !== 'bearer') {
    throw new ClientError('server_response_invalid', `${endpoint} gave a token of another type than Bearer`);
  }
  const lifetimeSeconds = expiresIn === undefined ? unsaidLifetimeSeconds : Number(expiresIn);
  if (!Number.isFinite(lifetimeSeconds) || lifetimeSeconds < 0) {
    throw new ClientError('server_response_invalid', `${endpoint} gave an "expires_in" that is no number`);
  }
  return {
    accessToken,
    scope: typeof scope === 'string' ? scope : undefined,
    expiresAt: now + lifetimeSeconds * 1000,
  };
}

/** RFC 6749 §5.2; other answers are an unreachable server. */
function refusal({ status, headers, text }: BoundedAnswer, endpoint: string): Error {
  const { error: code, error_description: description } = jsonObject(text) ?? {};
  if (typeof code !== 'string' || !/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(code)) {
    return new ClientError(
      'server_unreachable',
      `${endpoint} answered with status ${status} and no OAuth error`,
    );
  }
  const retryAfter = Number(headers['retry-after'] ?? Number.NaN);
  return new OAuthError({
    code,
    status,
    description: typeof description === 'string' ? printable(description) : undefined,
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
  });
}

function printable(text: string): string {
  return text.slice(0, 500).replace(/\p{Cc}/gu, ' ');
}
