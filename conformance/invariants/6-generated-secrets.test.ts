import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { asserting, claimsFor, hs256, jws } from './testing/assertions.ts';
import { House } from './testing/house.ts';
import { basic } from './testing/https-request.ts';
import { filesUnder } from './testing/needles.ts';

let house: House;
before(async () => {
  house = await House.start();
  await house.resource();
});
after(() => house.discard());

test('invariant 6: a secret is generated, has 256 bits and a checksum, and is never chosen', async () => {
  const seen = new Set<string>();
  for (let index = 0; index < 20; index += 1) {
    const secret = await house.client(`random-${index}`);
    assert.match(secret, /^mrt_[A-Za-z0-9_-]{49}$/);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(secret.slice(0, -6)));
    assert.equal(secret.slice(-6), checksum.toString('base64url'));
    seen.add(secret.slice(4, 47));
  }
  assert.equal(seen.size, 20);
  const chosen = await house.ask('POST', '/clients', { client_id: 'chosen', client_secret: 'hunter2' });
  assert.equal(chosen.status, 400);
  assert.equal(chosen.body['member'], 'client_secret');
});

test('invariant 6: what is kept of a secret is its hash, and the hash is no secret', async () => {
  const secret = await house.client('hashed');
  const hash = createHash('sha256').update(secret).digest();
  await house.kill('SIGTERM');
  const stored = [...filesUnder(house.data).values()].some((octets) => octets.includes(hash));
  assert.equal(stored, true, 'the hash is what this test would find');
  await house.restart();
  for (const guess of [
    hash.toString('hex'),
    hash.toString('base64url'),
    secret.slice(0, -1),
    `${secret} `,
    '',
  ]) {
    assert.equal((await house.token('public', { headers: basic('hashed', guess) })).status, 401);
  }
  assert.equal((await house.token('public', { headers: basic('hashed', secret) })).status, 200);
});

test('invariant 6: a secret made for client_secret_jwt is marked, and no other method takes it, not in a move either', async () => {
  const secret = await house.client('mac', { token_endpoint_auth_method: 'client_secret_jwt' });
  const asJwt = (key: string): ReturnType<House['token']> =>
    house.token('public', {
      form: asserting(jws({ alg: 'HS256' }, claimsFor('mac', house.ready.issuer), hs256(key))),
    });
  assert.equal((await asJwt(secret)).status, 200);
  const plain = [
    { headers: basic('mac', secret) },
    { form: { client_id: 'mac', client_secret: secret } },
  ] as const;
  for (const call of plain) assert.equal((await house.token('public', call)).status, 401);
  const { credentials } = (await house.administer('GET', '/clients/mac')) as { credentials: object[] };
  assert.match(JSON.stringify(credentials), /encrypted/);

  const moved = await house.administer('PATCH', '/clients/mac', {
    token_endpoint_auth_method: 'client_secret_basic',
    previous_token_endpoint_auth_method: 'client_secret_jwt',
    previous_token_endpoint_auth_method_expires_at: Math.floor(Date.now() / 1000) + 3600,
  });
  const next = String(moved['client_secret']);
  assert.match(next, /^mrt_/, 'the move makes a secret of the new kind');
  for (const call of plain) assert.equal((await house.token('public', call)).status, 401);
  assert.equal((await asJwt(secret)).status, 200, 'until the move ends');
  assert.equal((await house.token('public', { headers: basic('mac', next) })).status, 200);
  assert.equal((await asJwt(next)).status, 401, 'a hashed secret makes no HMAC');
});

test('invariant 6: of several secrets each ends alone', async () => {
  const first = await house.client('rotating');
  const added = await house.administer('POST', '/clients/rotating/secrets', {});
  const second = String(added['client_secret']);
  const works = async (secret: string): Promise<number> =>
    (await house.token('public', { headers: basic('rotating', secret) })).status;
  assert.deepEqual([await works(first), await works(second)], [200, 200]);
  await house.administer('POST', `/clients/rotating/credentials/${added['credential_id']}/revoke`, {});
  assert.deepEqual([await works(first), await works(second)], [200, 401]);
});
