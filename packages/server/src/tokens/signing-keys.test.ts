import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../events/index.ts';
import { SigningKeyError, type SigningKeys } from './index.ts';
import { generateSigningKey } from './key-generation.ts';
import { openSigningKey } from './signing-key.ts';
import { openTestKeys, startOfTime, type TestKeys } from './testing/test-keys.ts';

const day = 86_400_000;

function kids(keys: SigningKeys): string[] {
  return keys.jwks().keys.map((jwk) => jwk.kid!);
}
function states(keys: SigningKeys): string[] {
  return keys
    .list()
    .map((key) => `${key.algorithm} ${key.state}`)
    .sort();
}
/** Resolves when the keys look as wanted; a process hears of the others' keys through the feed. */
async function until(world: TestKeys, condition: () => boolean): Promise<void> {
  while (!condition()) {
    assert.deepEqual(world.errors, []);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('the first start makes one ES256 key, and the next start finds it', async (t) => {
  const world = await openTestKeys(t);
  const keys = await world.open();
  assert.deepEqual(states(keys), ['ES256 current']);
  const [jwk] = keys.jwks().keys;
  assert.deepEqual(Object.keys(jwk!).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  assert.equal(jwk!.alg, 'ES256');
  assert.equal(jwk!.use, 'sig');
  assert.equal(keys.current('ES256')?.kid, jwk!.kid);
  const again = await world.open();
  assert.deepEqual(kids(again), kids(keys));
});

test('private keys lie sealed, and open only in their own record', async (t) => {
  const world = await openTestKeys(t);
  await world.open();
  const { sealer } = world.storage;
  const [record] = await world.storage.signingKeys.list();
  assert.ok(record?.sealedPrivateKey !== undefined);
  const { sealedPrivateKey, ...erased } = record;
  assert.throws(() => sealer.open('another purpose', sealedPrivateKey));
  const other = await generateSigningKey('ES256', { createdAt: 0, activatesAt: 0 }, sealer);
  assert.throws(() => openSigningKey({ ...other, sealedPrivateKey }, sealer), /belongs to another key/);
  assert.throws(() => openSigningKey(erased, sealer), /erased/);
});

test('nodes that start on an empty database at once make one key', async (t) => {
  const world = await openTestKeys(t);
  const nodes = await Promise.all([world.open(), world.open(), world.open(), world.open()]);
  assert.equal((await world.storage.signingKeys.list()).length, 1);
  for (const node of nodes) assert.equal(node.current('ES256')?.kid, nodes[0]?.current('ES256')?.kid);
});

test('a key of another algorithm is made when it is first needed, once, and every node has it', async (t) => {
  const world = await openTestKeys(t);
  const [a, b] = [await world.open(), await world.open()];
  assert.equal(a.current('EdDSA'), undefined);
  await Promise.all([a.ensure('EdDSA'), a.ensure('EdDSA'), b.ensure('EdDSA')]);
  assert.deepEqual(states(a), ['ES256 current', 'EdDSA current']);
  await until(world, () => b.current('EdDSA') !== undefined);
  assert.equal(b.current('EdDSA')?.kid, a.current('EdDSA')?.kid);
});

test('a resource that wants another algorithm has its key before the first token', async (t) => {
  const world = await openTestKeys(t);
  const keys = await world.open();
  const at = world.time.now;
  await world.storage.resources.create(
    {
      identifier: 'https://api.example',
      scopes: [],
      signingAlgorithm: 'EdDSA',
      resourceServers: [],
      createdAt: at,
      updatedAt: at,
      revision: 1,
    },
    [
      {
        actor: 'cli',
        act: 'resource.created',
        object: { kind: 'resource', id: 'https://api.example' },
        data: { signing_algorithm: 'EdDSA' },
      },
    ],
  );
  await until(world, () => keys.current('EdDSA') !== undefined);
});

test('on schedule a key is published, then signs, and its forerunner leaves when its tokens have expired', async (t) => {
  const world = await openTestKeys(t);
  const keys = await world.open();
  const first = keys.current('ES256')!.kid;
  world.time.now = startOfTime + 29 * day - 1;
  await keys.maintain();
  assert.deepEqual(kids(keys), [first]);

  world.time.now = startOfTime + 29 * day;
  await keys.maintain();
  await keys.maintain();
  assert.deepEqual(states(keys), ['ES256 current', 'ES256 waiting']);
  assert.equal(kids(keys).length, 2);
  assert.equal(keys.current('ES256')?.kid, first);
  world.time.now = startOfTime + 30 * day - 1;
  assert.equal(keys.current('ES256')?.kid, first);

  world.time.now += 1;
  const second = keys.current('ES256')!.kid;
  assert.notEqual(second, first);
  assert.deepEqual(states(keys), ['ES256 current', 'ES256 superseded']);
  assert.ok(kids(keys).includes(first));
  world.time.now += day + 600_000 - 1;
  await keys.maintain();
  assert.equal(kids(keys).length, 2);

  world.time.now += 1;
  await keys.maintain();
  assert.deepEqual(kids(keys), [second]);
  assert.deepEqual(states(keys), ['ES256 current', 'ES256 retired']);
  assert.equal(keys.verification(first), undefined);
  const record = (await world.storage.signingKeys.list()).find((one) => one.kid === first);
  assert.equal(record?.sealedPrivateKey, undefined, 'its private key is gone');
  await assert.rejects(keys.revoke({ kid: first, actor: 'cli' }), { code: 'key_retired' });
});

test('nodes with the same schedule make one successor', async (t) => {
  const world = await openTestKeys(t);
  const nodes = await Promise.all([world.open(), world.open(), world.open()]);
  world.time.now += 29 * day;
  await Promise.all(nodes.map((node) => node.maintain()));
  assert.equal((await world.storage.signingKeys.list()).length, 2);
});

test('rotating publishes the next key a lead before, and once', async (t) => {
  const world = await openTestKeys(t);
  const keys = await world.open({ rotation: { leadSeconds: 60 } });
  const first = keys.current('ES256')!.kid;
  const next = await keys.rotate({ algorithm: 'ES256', actor: 'client:admin' });
  assert.equal(await keys.rotate({ algorithm: 'ES256', actor: 'cli' }), next);
  assert.equal(keys.current('ES256')?.kid, first);
  world.time.now += 60_000;
  assert.equal(keys.current('ES256')?.kid, next);
  const events = await world.storage.feed.read(0, 10);
  assert.deepEqual(
    events.map((event) => [event.actor, event.act, event.object.id]),
    [
      ['system', 'key.created', first],
      ['client:admin', 'key.created', next],
    ],
  );
});

test('rotating immediately signs with the new key at once, on every node', async (t) => {
  const world = await openTestKeys(t);
  const [a, b] = [await world.open(), await world.open()];
  world.time.now += 1;
  const next = await a.rotate({ algorithm: 'ES256', immediately: true, actor: 'cli' });
  assert.equal(a.current('ES256')?.kid, next);
  await until(world, () => b.current('ES256')?.kid === next);
});

test('a revoked key is replaced in the same act, and is out of the JWKS of every node', async (t) => {
  const world = await openTestKeys(t);
  const [a, b] = [await world.open(), await world.open()];
  const stolen = a.current('ES256')!.kid;
  const heard: Event[] = [];
  world.storage.feed.subscribe('test', (event) => {
    heard.push(event);
    if (event.act === 'key.revoked') assert.equal(b.verification(stolen), 'revoked', 'without waiting');
  });
  await a.revoke({ kid: stolen, actor: 'cli', reason: 'found on a disk' });
  assert.deepEqual(states(a), ['ES256 current', 'ES256 revoked']);
  assert.ok(!kids(a).includes(stolen));
  assert.equal(a.verification(stolen), 'revoked');
  await until(world, () => b.current('ES256')?.kid === a.current('ES256')?.kid);
  assert.deepEqual(
    heard.map((event) => event.act),
    ['key.revoked', 'key.created'],
  );
  assert.deepEqual(heard[0]?.denylist?.add, [
    { kind: 'key', id: stolen, expiresAt: world.time.now + day + 600_000 },
  ]);
  const record = (await world.storage.signingKeys.list()).find((one) => one.kid === stolen);
  assert.equal(record?.sealedPrivateKey, undefined, 'its private key is gone');
  const denied = await world.storage.revocation.denylist();
  assert.deepEqual(
    denied.map((row) => row.entry.id),
    [stolen],
  );
});

test('revoking a key that waits leaves the one that signs in its place', async (t) => {
  const world = await openTestKeys(t);
  const keys = await world.open();
  const current = keys.current('ES256')!.kid;
  const next = await keys.rotate({ algorithm: 'ES256', actor: 'cli' });
  await keys.revoke({ kid: next, actor: 'cli' });
  assert.equal(keys.current('ES256')?.kid, current);
  assert.deepEqual(states(keys), ['ES256 current', 'ES256 revoked']);
  assert.notEqual(await keys.rotate({ algorithm: 'ES256', actor: 'cli' }), next);
});

test('what cannot be revoked is refused by its code', async (t) => {
  const world = await openTestKeys(t);
  const keys = await world.open();
  const kid = keys.current('ES256')!.kid;
  await assert.rejects(keys.revoke({ kid: 'nobody', actor: 'cli' }), (error) => {
    assert.ok(error instanceof SigningKeyError);
    return error.code === 'key_unknown';
  });
  await keys.revoke({ kid, actor: 'cli' });
  await assert.rejects(keys.revoke({ kid, actor: 'cli' }), { code: 'key_revoked' });
});

test('keys that others keep making end an act with contention instead of running on', async (t) => {
  const world = await openTestKeys(t);
  const store = world.storage.signingKeys;
  const refusing = {
    list: () => store.list(),
    create: async () => ({ done: false }) as const,
    retire: store.retire.bind(store),
    revoke: store.revoke.bind(store),
  };
  await assert.rejects(world.open({ store: refusing }), { code: 'contention' });
  await world.open();
  const keys = await world.open({ store: refusing });
  await assert.rejects(keys.rotate({ algorithm: 'ES256', immediately: true, actor: 'cli' }), {
    code: 'contention',
  });
});

test('a failing database is reported from the background and tried again', async (t) => {
  const world = await openTestKeys(t);
  const store = world.storage.signingKeys;
  let failing = false;
  const a = await world.open();
  const b = await world.open({
    store: {
      list: () => (failing ? Promise.reject(new Error('away')) : store.list()),
      create: store.create.bind(store),
      retire: store.retire.bind(store),
      revoke: store.revoke.bind(store),
    },
  });
  failing = true;
  world.time.now += 1;
  const next = await a.rotate({ algorithm: 'ES256', immediately: true, actor: 'cli' });
  while (world.errors.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.match(String(world.errors[0]), /away/);
  failing = false;
  await b.maintain();
  assert.equal(b.current('ES256')?.kid, next);
});
