import { createSecretKey, hash, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Client } from './client.ts';
import {
  credentialIsUsable,
  type EncryptedSecret,
  type HashedSecret,
  type SecretCredential,
} from './credential.ts';

/** Encrypts at rest under the master key. `purpose` separates keys; opening under another one fails. */
export interface Sealer {
  seal(purpose: string, bytes: Uint8Array): Buffer;
  open(purpose: string, sealed: Uint8Array): Buffer;
}

const prefix = 'mrt_';
const sealPurpose = 'client-secret';
const secretForm = /^mrt_[A-Za-z0-9_-]{49}$/;
const nobodysHash = hash('sha256', randomBytes(32), 'buffer');
const importedSecrets = new WeakMap<EncryptedSecret, KeyObject>();

/**
 * A new secret: `mrt_`, 256 random bits in base64url (43 characters), and the CRC-32 of what precedes in
 * base64url (6 characters), so that secret scanners find it and can tell it from a look-alike.
 */
export function generateSecret(): string {
  const body = prefix + randomBytes(32).toString('base64url');
  return body + checksum(body);
}

/** Whether a text found somewhere is a secret made by `generateSecret`. For scanners; proves nothing else. */
export function looksLikeSecret(text: string): boolean {
  return secretForm.test(text) && checksum(text.slice(0, -6)) === text.slice(-6);
}

function checksum(body: string): string {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  return crc.toString('base64url');
}

/** The credential that remembers a secret; `encrypted` keeps it whole, for `client_secret_jwt`. */
export function secretCredential(
  secret: string,
  form: SecretCredential['form'],
  times: { readonly id: string; readonly createdAt: number; readonly expiresAt?: number },
  sealer: Sealer,
): SecretCredential {
  const shared = { ...times, kind: 'secret', hint: secret.slice(-4) } as const;
  if (form === 'hashed') return { ...shared, form, hash: hashSecret(secret) };
  // The id goes in with it, so that a sealed secret moved to another row opens nothing.
  return { ...shared, form, sealed: sealer.seal(sealPurpose, Buffer.from(`${times.id} ${secret}`)) };
}

/**
 * The hashed secret of this client whose hash (see `hashSecret`) was presented, if one is usable at `now`. Encrypted secrets
 * never match. An unknown client costs the same comparison as a known one, and all secrets are compared.
 */
export function findSecret(
  client: Client | undefined,
  presentedHash: Buffer,
  now: number,
): HashedSecret | undefined {
  let found: HashedSecret | undefined;
  let compared = 0;
  for (const credential of client?.credentials ?? []) {
    if (credential.kind !== 'secret' || credential.form !== 'hashed') continue;
    compared += 1;
    const equal = timingSafeEqual(presentedHash, credential.hash);
    if (equal && credentialIsUsable(credential, now)) found = credential;
  }
  if (compared === 0) timingSafeEqual(presentedHash, nobodysHash);
  return found;
}

/**
 * The HMAC keys for `client_secret_jwt`: the encrypted secrets usable at `now`, opened. Hashed secrets are not
 * among them.
 */
export function secretKeys(
  client: Client,
  now: number,
  sealer: Sealer,
): { credentialId: string; key: KeyObject }[] {
  return client.credentials.flatMap((credential) =>
    credential.kind === 'secret' && credential.form === 'encrypted' && credentialIsUsable(credential, now)
      ? [{ credentialId: credential.id, key: openSecret(credential, sealer) }]
      : [],
  );
}

function openSecret(credential: EncryptedSecret, sealer: Sealer): KeyObject {
  let key = importedSecrets.get(credential);
  if (key === undefined) {
    const opened = sealer.open(sealPurpose, credential.sealed);
    const label = Buffer.from(`${credential.id} `);
    if (!opened.subarray(0, label.length).equals(label)) {
      throw new Error(`the sealed secret of credential ${credential.id} belongs to another credential`);
    }
    key = createSecretKey(opened.subarray(label.length));
    importedSecrets.set(credential, key);
  }
  return key;
}

/** SHA-256 of the secret's UTF-8. Through text, because memory of its own would cost the token path more than the hash does. */
export function hashSecret(secret: string): Buffer {
  return Buffer.from(hash('sha256', secret, 'binary'), 'latin1');
}
