import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { makeOfflineRoot } from '../offline/offline-root.ts';
import { Pkcs11Error } from '../signers/pkcs11/pkcs11-error.ts';
import type { TokenKey } from '../signers/pkcs11.ts';
import { MemoryToken } from '../testing/memory-token.ts';
import { openHouse, startOfTime } from '../testing/open-house.ts';
import { withCode } from '../testing/with-code.ts';

const actor = 'client:admin';
const place = { signer: 'pkcs11', token: 'Memory' } as const;

async function withToken(t: TestContext) {
  const token = new MemoryToken();
  const house = await openHouse(t, { tokenKeys: token });
  return { ...house, token, administration: house.authority.administration };
}

test('keys on a token whose authority loses a contention are removed from it', async (t) => {
  const { administration, storage, token } = await withToken(t);
  t.mock.method(storage.authorities, 'addAuthorities', () => Promise.resolve(false));
  await assert.rejects(administration.create({ name: 'vault', place, actor }), withCode('contended'));
  assert.deepEqual(token.locations, []);
});

test('of an intermediate that is tried again after a contention, one key is on the token', async (t) => {
  const { administration, authority, storage, token } = await withToken(t);
  await administration.create({ name: 'vault', place, actor });
  assert.equal(token.locations.length, 2);
  const lost = t.mock.method(storage.authorities, 'addAuthorities', () => Promise.resolve(false), {
    times: 2,
  });
  const created = await administration.create({ name: 'vault', place, actor });
  assert.equal(lost.mock.callCount(), 2);
  assert.ok(created.done);
  assert.equal(token.locations.length, 3);
  assert.ok(token.locations.includes(created.authority.keyLocation!));
  await authority.issue({ profile: 'server', names: ['a.example'], authority: 'vault', actor: 'cli' });
});

test('a key on a token that then does not sign is removed', async (t) => {
  const { administration, token } = await withToken(t);
  const signer = token.signer.bind(token);
  t.mock.method(token, 'signer', (key: TokenKey) => ({
    ...signer(key),
    sign: () => Promise.reject(new Pkcs11Error('token_failed', 'CKR_DEVICE_ERROR')),
  }));
  await assert.rejects(administration.create({ name: 'vault', place, actor }), withCode('token_unusable'));
  assert.deepEqual(token.locations, []);
});

test('an offline root is registered with the request that it has to sign, or not at all', async (t) => {
  const { administration, authority, token, storage } = await withToken(t);
  const { certificate } = await makeOfflineRoot({ name: 'vault', keyType: 'ec-p256', now: startOfTime });
  const asked = { name: 'vault', offlineRoot: certificate.toPem(), place, actor };
  const roots = authority.roots().length;
  token.away = true;
  await assert.rejects(administration.create(asked), withCode('token_unusable'));
  token.away = false;
  await assert.rejects(administration.create({ ...asked, permittedNames: ['nonsense'] }));
  t.mock.method(storage.authorities, 'addAuthorities', () => Promise.resolve(false), { times: 1 });
  await assert.rejects(administration.create(asked), withCode('contended'));
  assert.equal(authority.roots().length, roots);
  assert.deepEqual([await administration.requests(), token.locations], [[], []]);
  const created = await administration.create(asked);
  assert.ok(!created.done);
  assert.equal((await administration.requests()).length, 1);
  assert.equal(token.locations.length, 1);
  await administration.cancelRequest({ id: created.request.id, actor });
  assert.deepEqual(token.locations, []);
});
