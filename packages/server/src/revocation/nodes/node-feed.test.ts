import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openNodes } from '../testing/open-nodes.ts';
import { apiOne, apiTwo, by } from '../testing/open-revocation.ts';

test('a node is told the list, then each change as it happens, with its position', async (t) => {
  const { follow, revocation, clock, feed } = await openNodes(t);
  await revocation.suspendClient('client-one', by);
  const node = await follow('server-one');
  const [first, ...others] = node.lines;
  assert.equal(first?.type, 'snapshot');
  assert.deepEqual(others, []);
  assert.deepEqual(node.ids(), ['client-one', 'client-one']);
  const token = { tokenId: 'jti-1', clientId: 'client-one', expiresAt: clock.now + 1000 };
  const outcome = await revocation.revokeToken(token, by);
  assert.ok(outcome.changed);
  await feed.settled();
  const change = node.lines[1];
  assert.ok(change?.type === 'change');
  assert.equal(change.position, outcome.event.sequence);
  assert.deepEqual(change.add, outcome.event.denylist?.add);
  assert.deepEqual(change.remove, []);
  await revocation.resumeClient('client-one', by);
  await feed.settled();
  const resumed = node.lines[2];
  assert.ok(resumed?.type === 'change');
  assert.deepEqual(resumed.remove, [{ kind: 'client', id: 'client-one' }]);
  assert.equal(node.denylist.denies({ clientId: 'client-one', epoch: 2 }), undefined);
  assert.ok(node.denylist.denies({ clientId: 'client-one', epoch: 1 }));
});

test('a node is told which history the positions belong to, once there is more than one', async (t) => {
  const [first] = (await (await openNodes(t)).follow('server-one')).lines;
  assert.equal('history' in first!, false);
  const [restored] = (await (await openNodes(t, { history: 'restored' })).follow('server-one')).lines;
  assert.equal((restored as { history?: string }).history, 'restored');
});

test("a node never hears of another resource's clients", async (t) => {
  const house = await openNodes(t);
  const { follow, revocation, authority, clock, feed } = house;
  const act = async (which: string): Promise<void> => {
    const clientId = `client-${which}`;
    const expiresAt = clock.now + 1000;
    await revocation.resumeClient(clientId, by);
    const issued = await authority.issue({ profile: 'client', clientId, actor: 'cli' });
    await revocation.revokeCertificate(issued.certificate, by);
    await revocation.revokeToken({ tokenId: `${which}-${Math.random()}`, clientId, expiresAt }, by);
    await revocation.suspendClient(clientId, by);
    await revocation.resumeClient(clientId, by);
    await revocation.suspendClient(clientId, by);
  };
  await act('one');
  await act('two');
  const one = await house.follow('server-one');
  const two = await follow('server-two');
  await act('one');
  await act('two');
  await revocation.revokeClient('client-one', by);
  await revocation.revokeClient('client-two', by);
  await feed.settled();
  for (const [node, own, other] of [
    [one, 'client-one', 'client-two'],
    [two, 'client-two', 'client-one'],
  ] as const) {
    const text = JSON.stringify(node.lines);
    assert.ok(text.includes(own));
    assert.equal(text.includes(other), false);
  }
  const all = revocation.denylist.snapshot().length;
  assert.equal(one.denylist.size + two.denylist.size, all);
});

test('every node hears of keys and authorities, and no node of what belongs to no client', async (t) => {
  const { follow, revocation, authority, signingKeys, feed } = await openNodes(t);
  const node = await follow('server-one');
  const made = await authority.createIntermediate({ actor: 'cli' });
  await revocation.revokeAuthority(made.id, by);
  const { kid } = signingKeys.current('ES256')!;
  await revocation.revokeKey(kid, by);
  const server = await authority.issue({ profile: 'server', names: ['a.example'], actor: 'cli' });
  await revocation.revokeCertificate(server.certificate, by);
  await feed.settled();
  assert.deepEqual(node.ids(), [kid, made.id].sort());
});

test('a list of more than a thousand entries comes in parts, and what happens meanwhile after it', async (t) => {
  const { follow, revocation, storage, clock, feed } = await openNodes(t);
  const add = Array.from({ length: 2500 }, (_, index) => ({
    kind: 'token' as const,
    id: `jti-${index}`,
    expiresAt: clock.now + 60_000,
  }));
  await storage.revocation.record({
    actor: 'system',
    act: 'token.revoked',
    object: { kind: 'token', id: 'many' },
    clientId: 'client-one',
    denylist: { add },
  });
  const node = await follow('server-one');
  assert.deepEqual(
    node.lines.map((line) => line.type === 'snapshot' && [line.entries.length, line.more]),
    [
      [1000, true],
      [1000, true],
      [500, false],
    ],
  );
  assert.equal(node.denylist.size, revocation.denylist.size);
  await storage.revocation.record({
    actor: 'system',
    act: 'token.revoked',
    object: { kind: 'token', id: 'more' },
    clientId: 'client-one',
    denylist: { add: add.map((entry) => ({ ...entry, id: `more-${entry.id}` })) },
  });
  await feed.settled();
  assert.equal(node.lines.length, 6);
  assert.equal(node.denylist.size, revocation.denylist.size);
});

test('heartbeats say how far nothing is missing, and are withheld while this server lags behind', async (t) => {
  let lagMs = 0;
  const house = await openNodes(t);
  const { follower } = house.revocation;
  Object.defineProperty(follower, 'lagMs', { get: () => lagMs });
  const node = await house.follow('server-one');
  house.feed.heartbeat();
  await house.feed.settled();
  const beat = { type: 'heartbeat', position: follower.position, at: house.clock.now };
  assert.deepEqual(node.lines.at(-1), beat);
  lagMs = house.feed.heartbeatSeconds * 1000 + 1;
  house.feed.heartbeat();
  await house.feed.settled();
  assert.equal(node.lines.length, 2);
});

test('a node that does not take its lines is dropped, and the others are not', async (t) => {
  const house = await openNodes(t, { limits: { lines: 2, characters: 10_000 } });
  const { follow, revocation, clock, feed } = house;
  const quick = await follow('server-one');
  const slow = await follow('server-one', undefined, () => new Promise(() => {}));
  for (let index = 0; index < 4; index += 1) {
    const expiresAt = clock.now + 1000;
    await revocation.revokeToken({ tokenId: `jti-${index}`, clientId: 'client-one', expiresAt }, by);
  }
  await feed.settled();
  assert.equal(await slow.ended, 'too_slow');
  assert.equal(quick.denylist.size, 4);
  assert.equal(feed.streams().length, 1);
  const again = await follow('server-one');
  assert.equal(again.denylist.size, 4);
});

test('a node that takes nothing for too long is dropped even if nothing happens', async (t) => {
  const { follow, clock, feed } = await openNodes(t, { blockedLimitSeconds: 30 });
  const stuck = await follow('server-one', undefined, () => new Promise(() => {}));
  clock.advanceSeconds(30);
  feed.heartbeat();
  assert.equal(feed.streams().length, 1);
  clock.now += 1;
  feed.heartbeat();
  assert.equal(await stuck.ended, 'too_slow');
});

test('a stream ends when its node is revoked, suspended or changed', async (t) => {
  const house = await openNodes(t);
  const { follow, revocation, clients, feed } = house;
  const suspended = await follow('server-one');
  await revocation.suspendClient('server-one', by);
  assert.equal(await suspended.ended, 'revoked');
  await revocation.resumeClient('server-one', by);
  const changed = await follow('server-one');
  await clients.update({ clientId: 'server-one', changes: { client_name: 'One' }, actor: 'cli' });
  assert.equal(await changed.ended, 'must_reconnect');
  const node = await house.identify('server-one');
  const stays = await follow('server-two');
  const ended = feed.open({ client: node, signal: new AbortController().signal, write: () => true });
  await feed.settled();
  await revocation.revokeCredential('server-one', node.credentialId, by);
  assert.equal(await ended, 'revoked');
  assert.deepEqual(feed.streams().length, 1);
  await revocation.revokeAuthority(house.authority.list()[1]!.id, by);
  assert.equal(await stays.ended, 'revoked');
});

test('what revokes a node is the last that it hears', async (t) => {
  const { follow, revocation, authority, feed } = await openNodes(t);
  const node = await follow('server-one');
  const [root, intermediate] = authority.list().map(({ id }) => id);
  await revocation.suspendClient('client-one', by);
  const ended = revocation.revokeAuthority(root!, by);
  await Promise.all([ended, revocation.suspendClient('client-two', by), node.ended]);
  await revocation.resumeClient('client-one', by);
  await feed.settled();
  assert.equal(await node.ended, 'revoked');
  assert.deepEqual(node.ids(), ['client-one', 'client-one', root, intermediate].sort());
  assert.equal(feed.streams().length, 0);
});

test("a stream ends when its node's certificate has expired", async (t) => {
  const { follow, clock, feed } = await openNodes(t);
  const node = await follow('server-one');
  const { validUntil } = feed.streams()[0]!.node;
  clock.now = validUntil;
  feed.heartbeat();
  assert.equal(feed.streams().length, 1);
  clock.now = validUntil + 1;
  feed.heartbeat();
  assert.equal(await node.ended, 'credential_ended');
});

test('a stream ends when the node goes away, or the server stops', async (t) => {
  const { follow, feed, identify } = await openNodes(t);
  const gone = await follow('server-one');
  const open = await follow('server-one');
  gone.abort.abort();
  assert.equal(await gone.ended, 'reader_gone');
  assert.equal(feed.streams().length, 1);
  const identity = await identify('server-one');
  assert.equal(
    await feed.open({ client: identity, signal: AbortSignal.abort(), write: () => assert.fail() }),
    'reader_gone',
  );
  feed.close();
  assert.equal(await open.ended, 'server_stopping');
  const late = feed.open({ client: identity, signal: new AbortController().signal, write: () => true });
  await assert.rejects(late, { code: 'server_stopping' });
});

test('who may not have a stream gets none, and nothing is written', async (t) => {
  const house = await openNodes(t, { maximumStreamsPerClient: 1 });
  const { feed, identify, revocation, resources } = house;
  const node = await identify('server-one');
  const open = (client: typeof node, requested?: string[]): Promise<unknown> =>
    feed.open({
      client,
      resources: requested,
      signal: new AbortController().signal,
      write: () => assert.fail('nothing may be written'),
    });
  await assert.rejects(open(node, [apiTwo]), { code: 'resource_not_served' });
  await assert.rejects(open(node, [apiOne, 'https://none.example']), { code: 'resource_not_served' });
  await assert.rejects(open({ ...node, clientId: 'client-one' }), { code: 'serves_no_resource' });
  await house.follow('server-one');
  await assert.rejects(open(node), { code: 'too_many_streams' });
  const two = await identify('server-two');
  await revocation.suspendClient('server-two', by);
  await assert.rejects(open(two), { code: 'revoked' });
  await resources.update({ identifier: apiOne, changes: { resource_servers: [] }, actor: 'cli' });
  await assert.rejects(open(node), { code: 'serves_no_resource' });
});

test('an error of the store ends the streams, is reported, and the next node is served again', async (t) => {
  const errors: unknown[] = [];
  const house = await openNodes(t, { onError: (error) => errors.push(error) });
  const { follow, revocation, clients } = house;
  const node = await follow('server-one');
  const find = t.mock.method(clients, 'find', () => Promise.reject(new Error('the database is away')));
  await revocation.suspendClient('client-one', by);
  assert.equal(await node.ended, 'server_failed');
  assert.equal((errors[0] as Error).message, 'the database is away');
  find.mock.restore();
  const again = await follow('server-one');
  assert.deepEqual(again.ids(), ['client-one', 'client-one']);
});
