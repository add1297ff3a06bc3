import { randomUUID } from 'node:crypto';
import { type CryptoKey, type KeyObject, SignJWT } from 'jose';
import type { AuthenticationContext, TokenRequestDraft } from './authentication-method.ts';

/** An assertion is used once and at once; a minute leaves room for clocks that differ. */
const lifetimeSeconds = 60;

export interface AssertionKey {
  readonly algorithm: string;
  readonly key: Uint8Array | KeyObject | CryptoKey;
  readonly keyId?: string | undefined;
}

/**
 * Adds a JWT that names the client as issuer and subject and the authorization server's issuer identifier as its only audience
 * (RFC 7523 §2.2 and §3, as tightened by draft-ietf-oauth-rfc7523bis).
 */
export async function addAssertion(
  { form }: TokenRequestDraft,
  { clientId, issuer, now }: AuthenticationContext,
  { algorithm, key, keyId }: AssertionKey,
): Promise<void> {
  const issuedAt = Math.floor(now / 1000);
  const assertion = await new SignJWT({
    iss: clientId,
    sub: clientId,
    aud: issuer,
    jti: randomUUID(),
    iat: issuedAt,
    exp: issuedAt + lifetimeSeconds,
  })
    .setProtectedHeader({
      alg: algorithm,
      typ: 'client-authentication+jwt',
      ...(keyId !== undefined && { kid: keyId }),
    })
    .sign(key);
  form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
  form.set('client_assertion', assertion);
}
