import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../events/index.ts';
import { resourceInformation } from './resource-document.ts';
import { refusal } from './testing/refusals.ts';
import { openTestClients, startOfTime, type TestClients } from './testing/test-clients.ts';

const actor = 'cli';
const identifier = 'https://api.example';

function update(world: TestClients, changes: JsonObject) {
  return world.resources.update({ identifier, changes, actor });
}

test('a resource is created with defaults, found by identifier and scope, and is in the feed', async (t) => {
  const world = await openTestClients(t);
  const resource = await world.resources.find(identifier);
  assert.deepEqual(resource, {
    identifier,
    scopes: ['read', 'write'],
    signingAlgorithm: 'ES256',
    resourceServers: [],
    createdAt: startOfTime,
    updatedAt: startOfTime,
    revision: 1,
  });
  assert.equal(world.resources.peek(identifier), resource);
  assert.deepEqual(await world.resources.byScope('read'), [resource]);
  assert.deepEqual(await world.resources.byScope('other'), []);
  assert.deepEqual(await world.resources.byScope('not a scope'), []);
  assert.equal(await world.resources.find('https://api.example/'), undefined);
  assert.equal(await world.resources.find('no identifier'), undefined);
  const [event] = await world.storage.feed.read(0, 1);
  assert.deepEqual(
    [event?.act, event?.object, event?.data],
    [
      'resource.created',
      { kind: 'resource', id: identifier },
      { scopes_supported: ['read', 'write'], signing_algorithm: 'ES256', resource_servers: [] },
    ],
  );
});

test('updates are seen at once by identifier, by scope and by resource server', async (t) => {
  const world = await openTestClients(t);
  await world.clients.create({ metadata: { client_id: 'api' }, actor });
  await world.resources.find(identifier);
  await world.resources.byScope('admin');
  assert.deepEqual(await world.resources.byResourceServer('api'), []);
  const changed = await update(world, {
    resource_name: 'The API',
    scopes_supported: ['admin'],
    signing_algorithm: 'EdDSA',
    access_token_lifetime_seconds: 60,
    resource_servers: ['api'],
  });
  assert.deepEqual(await world.resources.find(identifier), changed);
  assert.deepEqual(await world.resources.byScope('admin'), [changed]);
  assert.deepEqual(await world.resources.byScope('read'), []);
  assert.deepEqual(await world.resources.byResourceServer('api'), [changed]);
  assert.deepEqual(resourceInformation(changed), {
    resource: identifier,
    resource_name: 'The API',
    scopes_supported: ['admin'],
    signing_algorithm: 'EdDSA',
    access_token_lifetime_seconds: 60,
    resource_servers: ['api'],
  });
  const cleared = await update(world, { resource_name: null, access_token_lifetime_seconds: null });
  assert.equal(cleared.name, undefined);
  assert.equal(cleared.accessTokenLifetimeSeconds, undefined);
  assert.deepEqual(cleared.scopes, ['admin']);
  assert.equal(cleared.revision, 3);
});

test('a resource that is not exactly right is refused by its member', async (t) => {
  const world = await openTestClients(t);
  const resource = 'urn:new';
  const refused: [string, JsonObject][] = [
    ['resource', {}],
    ['resource', { resource: '' }],
    ['resource', { resource: 'api' }],
    ['resource', { resource: '/api' }],
    ['resource', { resource: 'https://api.example/#fragment' }],
    ['resource', { resource: 'https://api.example/a b' }],
    ['resource', { resource: 'https://api.example/%zz' }],
    ['resource', { resource: 'https://[::1' }],
    ['resource', { resource: 'https://é.example' }],
    ['resource', { resource: `urn:${'x'.repeat(1001)}` }],
    ['resource', { resource: 7 }],
    ['unknown', { resource, unknown: 1 }],
    ['resource_name', { resource, resource_name: '' }],
    ['resource_name', { resource, resource_name: 'a\n' }],
    ['scopes_supported', { resource, scopes_supported: 'read' }],
    ['scopes_supported', { resource, scopes_supported: ['a b'] }],
    ['scopes_supported', { resource, scopes_supported: ['a', 'a'] }],
    ['scopes_supported', { resource, scopes_supported: [7] }],
    ['signing_algorithm', { resource, signing_algorithm: 'HS256' }],
    ['signing_algorithm', { resource, signing_algorithm: 'none' }],
    ['access_token_lifetime_seconds', { resource, access_token_lifetime_seconds: 1 }],
    ['resource_servers', { resource, resource_servers: 'api' }],
    ['resource_servers', { resource, resource_servers: ['a b'] }],
    ['resource_servers', { resource, resource_servers: ['a', 'a'] }],
    ['resource_servers', { resource, resource_servers: Array.from({ length: 257 }, (_, i) => `c${i}`) }],
  ];
  for (const [member, metadata] of refused) {
    await assert.rejects(
      world.resources.create({ metadata, actor }),
      refusal('metadata_invalid', member),
      JSON.stringify(metadata),
    );
  }
  for (const metadata of [null, [], 'x'] as never[]) {
    await assert.rejects(
      world.resources.create({ metadata, actor }),
      refusal('metadata_invalid', 'metadata'),
    );
  }
  await assert.rejects(
    world.resources.create({ metadata: { resource: identifier }, actor }),
    refusal('resource_exists', 'resource'),
  );
  await assert.rejects(
    world.resources.create({ metadata: { resource, resource_servers: ['nobody'] }, actor }),
    refusal('client_unknown', 'resource_servers'),
  );
  await assert.rejects(update(world, { resource: 'urn:other' }), refusal('metadata_invalid', 'resource'));
  await assert.rejects(update(world, { resource: null }), refusal('metadata_invalid', 'resource'));
  await assert.rejects(
    update(world, { resource_servers: ['nobody'] }),
    refusal('client_unknown', 'resource_servers'),
  );
  await assert.rejects(
    world.resources.update({ identifier: 'urn:none', changes: {}, actor }),
    refusal('resource_unknown'),
  );
  assert.equal((await world.resources.list({ limit: 10 })).length, 1);
});

test('identifiers of every absolute kind are taken, and listed in pages', async (t) => {
  const world = await openTestClients(t);
  for (const resource of [
    'urn:acme:api',
    'https://api.example:8443/v1?x=%20',
    'spiffe://acme/api',
    'https://[::1]/',
  ]) {
    await world.resources.create({ metadata: { resource }, actor });
    assert.equal((await world.resources.find(resource))?.identifier, resource);
  }
  const page = await world.resources.list({ limit: 2 });
  assert.deepEqual(
    page.map((one) => one.identifier),
    ['https://[::1]/', 'https://api.example'],
  );
  const rest = await world.resources.list({ after: page[1]!.identifier, limit: 10 });
  assert.deepEqual(
    rest.map((one) => one.identifier),
    ['https://api.example:8443/v1?x=%20', 'spiffe://acme/api', 'urn:acme:api'],
  );
});

test('two updates at once are both made', async (t) => {
  const world = await openTestClients(t);
  await Promise.all([
    update(world, { resource_name: 'A' }),
    update(world, { access_token_lifetime_seconds: 60 }),
  ]);
  const resource = await world.resources.find(identifier);
  assert.deepEqual([resource?.name, resource?.accessTokenLifetimeSeconds, resource?.revision], ['A', 60, 3]);
});

test('a resource that others keep changing is refused with contention', async (t) => {
  const world = await openTestClients(t);
  const { Resources } = await import('./resources.ts');
  const store = world.storage.resources;
  const resources = new Resources({
    store: {
      find: (one) => store.find(one),
      list: (page) => store.list(page),
      byScope: (scope) => store.byScope(scope),
      byResourceServer: (clientId) => store.byResourceServer(clientId),
      create: (...act) => store.create(...act),
      update: async () => ({ done: false, conflict: { code: 'stale' } }),
    },
    clientStore: world.storage.clients,
    feed: world.storage.feed,
    clock: () => world.time.now,
  });
  await assert.rejects(resources.update({ identifier, changes: {}, actor }), refusal('contention'));
  resources.close();
});
