/** Client assertions (RFC 7523), right ones and every kind of wrong ones. */
import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export type Signing = (input: string) => Buffer;

export const es256 =
  (key: KeyObject): Signing =>
  (input) =>
    sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });

export const hs256 =
  (key: string | Buffer): Signing =>
  (input) =>
    createHmac('sha256', key).update(input).digest();

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A compact JWS of whatever header and claims. */
export function jws(header: object, claims: object, signing: Signing): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signing(input).toString('base64url')}`;
}

/** Claims that are right now, with changes. */
export function claimsFor(clientId: string, issuer: string, changes: object = {}): Record<string, unknown> {
  const seconds = Math.floor(Date.now() / 1000);
  return {
    iss: clientId,
    sub: clientId,
    aud: issuer,
    jti: randomUUID(),
    iat: seconds,
    exp: seconds + 60,
    ...changes,
  };
}

/** The form members by which an assertion authenticates. */
export function asserting(compact: string): Record<string, string> {
  return { client_assertion_type: assertionType, client_assertion: compact };
}

/** A key with the JWK set that registers it. */
export function signingKey(): { privateKey: KeyObject; publicKey: KeyObject; jwks: { keys: object[] } } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, publicKey, jwks: { keys: [publicKey.export({ format: 'jwk' })] } };
}
