import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { entryMarginSeconds } from '../entry-lifetimes.ts';
import { inOrder } from '../testing/in-order.ts';
import { openNodes } from '../testing/open-nodes.ts';
import { apiOne, apiTwo, by, tokenLifetimeSeconds } from '../testing/open-revocation.ts';
import { perform, randomActs } from '../testing/random-acts.ts';

const tokensEndAfterMs = (tokenLifetimeSeconds + entryMarginSeconds) * 1000;
const both = { scope: 'one:read two:read', resources: [apiOne, apiTwo] };

test("a client that is given a scope of a node's resource brings its entries along", async (t) => {
  const { follow, revocation, clients, clock, feed } = await openNodes(t);
  const expiresAt = clock.now + 60_000;
  await revocation.revokeToken({ tokenId: 'jti-1', clientId: 'client-two', expiresAt }, by);
  const node = await follow('server-one');
  assert.deepEqual(node.ids(), []);
  await clients.update({ clientId: 'client-two', changes: both, actor: 'cli' });
  await feed.settled();
  assert.deepEqual(node.ids(), ['jti-1']);
  await revocation.revokeToken({ tokenId: 'jti-2', clientId: 'client-two', expiresAt }, by);
  await feed.settled();
  assert.deepEqual(node.ids(), ['jti-1', 'jti-2']);
});

test('a client that loses a scope is still told about while its tokens live, then taken back', async (t) => {
  const { follow, revocation, clients, clock, feed } = await openNodes(t);
  await clients.update({ clientId: 'client-two', changes: both, actor: 'cli' });
  await revocation.suspendClient('client-two', by);
  const node = await follow('server-one');
  const changes = { scope: 'two:read', resources: [apiTwo] };
  await clients.update({ clientId: 'client-two', changes, actor: 'cli' });
  const token = { tokenId: 'jti-1', clientId: 'client-two', expiresAt: clock.now + 60_000 };
  await revocation.revokeToken(token, by);
  await feed.settled();
  assert.deepEqual(node.ids(), ['client-two', 'client-two', 'jti-1']);
  clock.now += tokensEndAfterMs - 1;
  await feed.forgetFormerGrants();
  assert.equal(node.denylist.size, 3);
  clock.now += 1;
  await feed.forgetFormerGrants();
  assert.deepEqual(node.ids(), []);
  await revocation.resumeClient('client-two', by);
  await feed.settled();
  assert.equal(node.lines.length, 3);
});

test('a scope that was lost before the node came counts for as long as its tokens live', async (t) => {
  const { follow, revocation, clients, clock, feed } = await openNodes(t);
  await clients.update({ clientId: 'client-two', changes: both, actor: 'cli' });
  const changes = { scope: 'two:read', resources: [apiTwo] };
  await clients.update({ clientId: 'client-two', changes, actor: 'cli' });
  const node = await follow('server-one');
  await revocation.suspendClient('client-two', by);
  await feed.settled();
  assert.deepEqual(node.ids(), ['client-two', 'client-two']);
  clock.now += tokensEndAfterMs;
  await feed.forgetFormerGrants();
  assert.deepEqual(node.ids(), []);
});

test('a scope that was lost too long ago for any token to live counts no more', async (t) => {
  const { follow, revocation, clients, clock, feed } = await openNodes(t);
  await clients.update({ clientId: 'client-two', changes: both, actor: 'cli' });
  const changes = { scope: 'two:read', resources: [apiTwo] };
  await clients.update({ clientId: 'client-two', changes, actor: 'cli' });
  clock.now += tokensEndAfterMs + 1;
  const node = await follow('server-one');
  await revocation.suspendClient('client-two', by);
  await feed.settled();
  assert.deepEqual(node.ids(), []);
});

test('a resource server that is given another resource is told about its clients, and taken back', async (t) => {
  const { follow, revocation, resources, feed } = await openNodes(t);
  await revocation.suspendClient('client-two', by);
  const all = await follow('server-one');
  const some = await follow('server-one', [apiOne]);
  const serves = (identifier: string, resourceServers: string[]): Promise<unknown> =>
    resources.update({ identifier, changes: { resource_servers: resourceServers }, actor: 'cli' });
  await serves(apiTwo, ['server-one', 'server-two']);
  await feed.settled();
  assert.deepEqual(all.ids(), ['client-two', 'client-two']);
  assert.deepEqual(some.ids(), []);
  await serves(apiTwo, ['server-two']);
  await feed.settled();
  assert.deepEqual(all.ids(), []);
  await serves(apiOne, []);
  assert.equal(await all.ended, 'must_reconnect');
  assert.equal(await some.ended, 'must_reconnect');
});

test('whatever happens, a node ends with exactly what a new stream would tell it', async (t) => {
  await fc.assert(
    fc.asyncProperty(randomActs, fc.infiniteStream(fc.boolean()), async (acts, coin) => {
      const house = await openNodes(t);
      const { clients, feed } = house;
      const node = await house.follow('server-two');
      for (const act of acts) {
        await perform(house, act);
        if (coin.next().value) {
          const changes = coin.next().value ? both : { scope: 'one:read', resources: [apiOne] };
          // A revoked client refuses, which is fine.
          await clients.update({ clientId: 'client-one', changes, actor: 'cli' }).catch(() => {});
        }
      }
      await house.revocation.prune();
      await feed.forgetFormerGrants();
      node.denylist.prune(house.clock.now);
      const fresh = await house.follow('server-two');
      assert.deepEqual(inOrder(node.denylist.snapshot()), inOrder(fresh.denylist.snapshot()));
    }),
    { numRuns: 12 },
  );
});
