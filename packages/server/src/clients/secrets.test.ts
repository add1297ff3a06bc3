import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createSealer } from '../storage/index.ts';
import type { Client } from './client.ts';
import type { SecretCredential } from './credential.ts';
import {
  findSecret,
  generateSecret,
  hashSecret,
  looksLikeSecret,
  secretCredential,
  secretKeys,
} from './secrets.ts';

const sealer = createSealer(randomBytes(32));

function clientWith(credentials: readonly SecretCredential[]): Client {
  return {
    clientId: 'billing',
    status: 'active',
    epoch: 1,
    tokenEndpointAuthMethod: 'client_secret_basic',
    scope: [],
    resources: [],
    certificateBoundAccessTokens: false,
    anchors: [],
    legacyAssertionAudience: false,
    createdAt: 0,
    updatedAt: 0,
    revision: 1,
    credentials,
  };
}

test('a secret has 256 random bits between its prefix and its checksum', () => {
  const secrets = new Set(Array.from({ length: 100 }, generateSecret));
  assert.equal(secrets.size, 100);
  for (const secret of secrets) {
    assert.match(secret, /^mrt_[A-Za-z0-9_-]{49}$/);
    assert.equal(Buffer.from(secret.slice(4, 47), 'base64url').length, 32);
    assert.equal(looksLikeSecret(secret), true);
  }
});

test('a scanner tells a secret from look-alikes by the checksum', () => {
  const secret = generateSecret();
  const changed = `${secret.slice(0, 10)}${secret[10] === 'A' ? 'B' : 'A'}${secret.slice(11)}`;
  for (const text of [
    changed,
    secret.slice(1),
    `${secret}A`,
    secret.toUpperCase(),
    `mrt_${'A'.repeat(49)}`,
    '',
  ]) {
    assert.equal(looksLikeSecret(text), false, text);
  }
});

test('of a hashed secret only the hash and the last four characters are kept', () => {
  const secret = generateSecret();
  const credential = secretCredential(secret, 'hashed', { id: 'cred_1', createdAt: 7, expiresAt: 9 }, sealer);
  assert.deepEqual(credential, {
    kind: 'secret',
    form: 'hashed',
    id: 'cred_1',
    createdAt: 7,
    expiresAt: 9,
    hash: createHash('sha256').update(secret).digest(),
    hint: secret.slice(-4),
  });
});

test('any of several usable secrets is found, and says which', () => {
  const [a, b, c] = [generateSecret(), generateSecret(), generateSecret()];
  const client = clientWith([
    secretCredential(a, 'hashed', { id: 'a', createdAt: 0 }, sealer),
    secretCredential(b, 'hashed', { id: 'b', createdAt: 0, expiresAt: 100 }, sealer),
  ]);
  assert.equal(findSecret(client, hashSecret(a), 50)?.id, 'a');
  assert.equal(findSecret(client, hashSecret(b), 99)?.id, 'b');
  assert.equal(findSecret(client, hashSecret(b), 100), undefined, 'expired');
  assert.equal(findSecret(client, hashSecret(c), 50), undefined, 'unknown');
  assert.equal(findSecret(client, hashSecret(''), 50), undefined);
  assert.equal(findSecret(undefined, hashSecret(a), 50), undefined, 'an unknown client');
});

test('a revoked secret is not found', () => {
  const secret = generateSecret();
  const credential = secretCredential(secret, 'hashed', { id: 'a', createdAt: 0 }, sealer);
  assert.equal(findSecret(clientWith([{ ...credential, revokedAt: 1 }]), hashSecret(secret), 0), undefined);
});

test('an encrypted secret is accepted as an HMAC key only, and a hashed one never', () => {
  const [encrypted, hashed] = [generateSecret(), generateSecret()];
  const client = clientWith([
    secretCredential(encrypted, 'encrypted', { id: 'e', createdAt: 0, expiresAt: 100 }, sealer),
    secretCredential(hashed, 'hashed', { id: 'h', createdAt: 0 }, sealer),
  ]);
  assert.equal(findSecret(client, hashSecret(encrypted), 0), undefined);
  const keys = secretKeys(client, 0, sealer);
  assert.deepEqual(
    keys.map(({ credentialId }) => credentialId),
    ['e'],
  );
  assert.deepEqual(
    createHmac('sha256', keys[0]!.key).update('x').digest(),
    createHmac('sha256', encrypted).update('x').digest(),
  );
  assert.deepEqual(secretKeys(client, 100, sealer), [], 'expired');
});

test('a sealed secret that was moved to another credential, or sealed elsewhere, opens nothing', () => {
  const credential = secretCredential(generateSecret(), 'encrypted', { id: 'mine', createdAt: 0 }, sealer);
  assert.throws(
    () => secretKeys(clientWith([{ ...credential, id: 'other' }]), 0, sealer),
    /belongs to another/,
  );
  const elsewhere = createSealer(randomBytes(32));
  assert.throws(() => secretKeys(clientWith([{ ...credential }]), 0, elsewhere));
});

test('what is kept of an encrypted secret does not hold it', () => {
  const secret = generateSecret();
  const credential = secretCredential(secret, 'encrypted', { id: 'a', createdAt: 0 }, sealer);
  assert.ok(credential.form === 'encrypted' && !credential.sealed.includes(secret));
});
