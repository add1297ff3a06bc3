import { createHmac, sign } from 'node:crypto';
import type { AccountKey } from './account-key.ts';

/** The MAC key by which an account is bound to a client of the server (RFC 8555 §7.3.4). */
export interface ExternalAccount {
  readonly kid: string;
  /** base64url, as the server gave it. */
  readonly hmacKey: string;
}

/** The flattened JWS of a request (RFC 8555 §6.2), as text. `payload` undefined: POST-as-GET. `accountUrl` undefined: signed with `jwk`. */
export function signedRequest(
  key: AccountKey,
  request: {
    readonly url: string;
    readonly nonce: string;
    readonly accountUrl: string | undefined;
    readonly payload: object | undefined;
  },
): string {
  const { url, nonce, accountUrl, payload } = request;
  const identity = accountUrl === undefined ? { jwk: key.jwk } : { kid: accountUrl };
  const header = encode({ alg: 'ES256', nonce, url, ...identity });
  const body = payload === undefined ? '' : encode(payload);
  const signature = sign('sha256', Buffer.from(`${header}.${body}`), {
    key: key.privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  return JSON.stringify({ protected: header, payload: body, signature: signature.toString('base64url') });
}

/** `externalAccountBinding` of a new account: its public key under the MAC of the server's key. */
export function externalAccountBinding(
  key: AccountKey,
  { kid, hmacKey }: ExternalAccount,
  newAccountUrl: string,
): object {
  const header = encode({ alg: 'HS256', kid, url: newAccountUrl });
  const payload = encode(key.jwk);
  const mac = createHmac('sha256', Buffer.from(hmacKey, 'base64url')).update(`${header}.${payload}`);
  return { protected: header, payload, signature: mac.digest('base64url') };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
