import assert from 'node:assert/strict';
import { constants, type KeyObject, randomUUID, sign } from 'node:crypto';
import { assertionType } from '../client-authentication/presented-credential.ts';
import type { RefusalCode, RefusalReason } from '../refusal.ts';
import type { OAuthResponse } from '../request.ts';
import { type AuthorizationFixture, formRequest, issuer, json } from './authorization-fixture.ts';

export type Signing = (input: string) => Buffer;

/** By algorithm (RFC 7518 §3.1). */
export const signers: Record<string, (key: KeyObject) => Signing> = {
  ES256: (key) => (input) => sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }),
  ES384: (key) => (input) => sign('sha384', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }),
  ES512: (key) => (input) => sign('sha512', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }),
  EdDSA: (key) => (input) => sign(undefined, Buffer.from(input), key),
  RS256: (key) => (input) => sign('sha256', Buffer.from(input), key),
  PS384: (key) => (input) =>
    sign('sha384', Buffer.from(input), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }),
};

export const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A compact JWS of whatever header and claims. */
export function assertion(header: object, claims: object, signing: Signing): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signing(input).toString('base64url')}`;
}

/** Token requests with assertions, to the server of a fixture that is made later. */
export interface AssertionRequests {
  /** Epoch seconds. */
  seconds(): number;
  /** Claims that are right, with changes. */
  claims(changes?: Readonly<Record<string, unknown>>, clientId?: string): Record<string, unknown>;
  ask(compact: string, form?: Readonly<Record<string, string>>): Promise<OAuthResponse>;
  lastReason(): RefusalReason;
  refusedAs(code: RefusalCode, compact: string): Promise<void>;
}

export function assertionRequests(fixture: () => AuthorizationFixture): AssertionRequests {
  const requests: AssertionRequests = {
    seconds: () => Math.floor(fixture().now / 1000),
    claims: (changes = {}, clientId = 'signer') => ({
      iss: clientId,
      sub: clientId,
      aud: issuer,
      jti: randomUUID(),
      iat: requests.seconds(),
      exp: requests.seconds() + 60,
      ...changes,
    }),
    ask: async (compact, form = {}) =>
      fixture().server.token(
        formRequest({
          grant_type: 'client_credentials',
          client_assertion_type: assertionType,
          client_assertion: compact,
          ...form,
        }),
      ),
    lastReason: () => fixture().refusals.at(-1)!.reason,
    async refusedAs(code, compact) {
      const response = await requests.ask(compact);
      assert.equal(response.status, 401, response.body);
      assert.equal(json(response)['error'], 'invalid_client');
      assert.equal(requests.lastReason().code, code);
    },
  };
  return requests;
}
