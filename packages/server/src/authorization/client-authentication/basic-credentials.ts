import { hash } from 'node:crypto';
import { hashSecret } from '../../clients/index.ts';
import { BoundedCache } from '../bounded-cache.ts';
import { decodeComponent } from '../form.ts';
import { Refused } from '../refusal.ts';
import { utf8Text } from '../utf8-text.ts';
import type { PresentedHeader } from './method.ts';

/**
 * What was read before, by the SHA-256 of the header: a client sends the same one with each request, and reading it anew costs
 * the token path 3 %. Neither keys nor values hold a secret, and nothing here says that one is right.
 */
const remembered = new BoundedCache<string, PresentedHeader>(4_096);
const longestRemembered = 512;

/**
 * Reads an Authorization header of the scheme Basic (RFC 7617): id and secret are form-encoded each, then joined by a colon, then
 * in base64 (RFC 6749 §2.3.1). Undefined where it is not that.
 */
export function readBasicCredentials(authorization: string): PresentedHeader | undefined {
  if (authorization.length > longestRemembered) return read(authorization);
  const key = hash('sha256', authorization, 'binary');
  let credentials = remembered.get(key);
  if (credentials === undefined) {
    credentials = read(authorization);
    if (credentials !== undefined) remembered.set(key, credentials);
  }
  return credentials;
}

const basicForm = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i;
const colon = 0x3a;

function read(authorization: string): PresentedHeader | undefined {
  const encoded = basicForm.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const octets = Buffer.from(encoded, 'base64');
  const end = octets.indexOf(colon);
  if (end === -1 || octets.includes(0)) return undefined;
  // Each from its own octets: a slice of a common text would keep that text, and with it the secret, in memory.
  const clientId = component(octets.subarray(0, end));
  const secret = component(octets.subarray(end + 1));
  if (clientId === undefined || clientId === '' || secret === undefined) return undefined;
  return { source: 'authorization', clientId, secretHash: hashSecret(secret) };
}

function component(octets: Buffer): string | undefined {
  const text = utf8Text(octets);
  const decoded = text === undefined ? undefined : decodeComponent(text);
  return decoded instanceof Refused ? undefined : decoded;
}
