import { Certificate } from '@mortise/x509';
import type { JWK } from 'jose';
import { readClientCertificate } from './certificates.ts';
import type { AuthenticationMethod } from './client.ts';
import { invalidMember } from './client-error.ts';
import type { Credential } from './credential.ts';
import { type PublicJwk, readPublicJwk } from './keys.ts';

/** Most keys of one `jwks`. */
const maximumKeys = 32;

/** What a `jwks` registers: keys that sign assertions, and certificates that authenticate by themselves. */
export interface KeySet {
  readonly keys: readonly PublicJwk[];
  readonly certificates: readonly Certificate[];
}

/**
 * Reads a JWK set. A key with `x5c` registers the certificate (its first; RFC 8705 §2.2.2), and the key as well
 * where a method of the client is `private_key_jwt`. A key without `x5c` registers the key. Throws ClientError.
 */
export function readKeySet(value: unknown, methods: readonly AuthenticationMethod[], now: number): KeySet {
  const given = typeof value === 'object' && value !== null ? (value as { keys?: unknown }).keys : undefined;
  if (!Array.isArray(given)) throw invalidMember('jwks', 'is an object with an array keys');
  if (given.length > maximumKeys) throw invalidMember('jwks', `holds at most ${maximumKeys} keys`);
  const keys = new Map<string, PublicJwk>();
  const certificates = new Map<string, Certificate>();
  const kids = new Set<string>();
  for (const entry of given as unknown[]) {
    const key = readPublicJwk(entry, 'jwks');
    const certificate = readChain(entry as { x5c?: unknown; 'x5t#S256'?: unknown }, key, now);
    if (key.jwk.kid !== undefined) {
      if (kids.has(key.jwk.kid))
        throw invalidMember('jwks', `two keys have the kid ${JSON.stringify(key.jwk.kid)}`);
      kids.add(key.jwk.kid);
    }
    if (certificate !== undefined) {
      if (certificates.has(certificate.thumbprint))
        throw invalidMember('jwks', 'one certificate stands there twice');
      certificates.set(certificate.thumbprint, certificate);
    }
    if (certificate !== undefined && !methods.includes('private_key_jwt')) continue;
    // Several certificates of one key are several entries with the same key.
    if (keys.has(key.thumbprint) && certificate === undefined)
      throw invalidMember('jwks', 'one key stands there twice');
    if (!keys.has(key.thumbprint)) keys.set(key.thumbprint, key);
  }
  return { keys: [...keys.values()], certificates: [...certificates.values()] };
}

/** The `jwks` that registers these credentials again: the keys, and the certificates that were registered. */
export function keySetOf(credentials: readonly Credential[]): { keys: JWK[] } | undefined {
  const keys: JWK[] = [];
  const written = new Set<string>();
  for (const credential of credentials) {
    if (credential.kind !== 'certificate' || credential.der === undefined) continue;
    const jwk = Certificate.parse(credential.der).publicKey.export({ format: 'jwk' }) as JWK;
    const { thumbprint } = readPublicJwk(jwk, 'jwks');
    const key = written.has(thumbprint)
      ? undefined
      : credentials.find((one) => one.kind === 'key' && one.thumbprint === thumbprint);
    written.add(thumbprint);
    keys.push({ ...(key?.kind === 'key' ? key.jwk : jwk), x5c: [credential.der.toString('base64')] });
  }
  for (const credential of credentials) {
    if (credential.kind === 'key' && !written.has(credential.thumbprint)) keys.push({ ...credential.jwk });
  }
  return keys.length === 0 ? undefined : { keys };
}

function readChain(
  entry: { x5c?: unknown; 'x5t#S256'?: unknown },
  key: PublicJwk,
  now: number,
): Certificate | undefined {
  const { x5c } = entry;
  if (x5c === undefined) return undefined;
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > 10 || typeof x5c[0] !== 'string') {
    throw invalidMember('jwks', 'x5c is an array of one to ten base64 certificates');
  }
  const der = Buffer.from(x5c[0], 'base64');
  // RFC 7517 §4.7: base64, not base64url, and the key of the first certificate is the JWK's.
  if (der.toString('base64') !== x5c[0]) throw invalidMember('jwks', 'x5c is not base64');
  const certificate = readClientCertificate(der, now, 'jwks');
  if (!certificate.publicKey.equals(key.publicKey)) {
    throw invalidMember('jwks', 'the certificate in x5c is for another key');
  }
  const digest = entry['x5t#S256'];
  if (digest !== undefined && digest !== certificate.thumbprint) {
    throw invalidMember('jwks', 'x5t#S256 is of another certificate');
  }
  return certificate;
}
