import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openNodes } from '../testing/open-nodes.ts';
import { by } from '../testing/open-revocation.ts';
import { listNodes, removeNode } from './list-nodes.ts';
import { enforcementsKept, NodeReports } from './node-reports.ts';

const x5t = 'A'.repeat(43);

test('what a node enforces and which certificates it met is kept, and flushed to the store', async (t) => {
  const house = await openNodes(t);
  const { reports, identify, revocation, storage, clock } = house;
  const node = await identify('server-one');
  const outcome = await revocation.suspendClient('client-one', by);
  assert.ok(outcome.changed);
  const position = outcome.event.sequence;
  const seen = { 'x5t#S256': x5t, client_id: 'client-one', lastSeenAt: clock.now - 5, count: 3 };
  const report = {
    position,
    enforced: [{ position, at: clock.now + 40 }],
    certificates: [seen],
    later: 'ignored',
  };
  assert.deepEqual(reports.accept(node, report), { accepted: true });
  assert.deepEqual(reports.accept(node, { ...report, enforced: [] }), { accepted: true });
  assert.deepEqual(reports.nodes(), [
    {
      clientId: 'server-one',
      position,
      lastReportAt: clock.now,
      enforcements: [{ position, at: clock.now + 40, reportedAt: clock.now }],
    },
  ]);
  await reports.flush();
  assert.deepEqual(await storage.nodes.listNodes(), [
    { clientId: 'server-one', firstSeenAt: clock.now, lastSeenAt: clock.now, position },
  ]);
  assert.deepEqual(await storage.nodes.listSightings({ limit: 10 }), [
    { nodeClientId: 'server-one', x5t, clientId: 'client-one', lastSeenAt: clock.now - 5, count: 6 },
  ]);
  await reports.flush();
  assert.equal((await storage.nodes.listSightings({ limit: 10 }))[0]?.count, 6);
});

for (const [what, body, member] of [
  ['nothing', undefined, '/'],
  ['a list', [], '/'],
  ['no position', {}, '/position'],
  ['a negative position', { position: -1 }, '/position'],
  ['a position that is text', { position: '1' }, '/position'],
  ['a fraction', { position: 0.5 }, '/position'],
  ['enforced without a time', { position: 0, enforced: [{ position: 0 }] }, '/enforced/0/at'],
  [
    'too many',
    { position: 0, enforced: Array.from({ length: 1001 }, () => ({ position: 0, at: 0 })) },
    '/enforced',
  ],
  [
    'a short thumbprint',
    { position: 0, certificates: [{ 'x5t#S256': 'abc', lastSeenAt: 0, count: 1 }] },
    '/certificates/0/x5t#S256',
  ],
  [
    'a count of nothing',
    { position: 0, certificates: [{ 'x5t#S256': x5t, lastSeenAt: 0, count: 0 }] },
    '/certificates/0/count',
  ],
  [
    'a client id without end',
    { position: 0, certificates: [{ 'x5t#S256': x5t, client_id: 'a'.repeat(256), lastSeenAt: 0, count: 1 }] },
    '/certificates/0/client_id',
  ],
  [
    'a client id that no database keeps',
    { position: 0, certificates: [{ 'x5t#S256': x5t, client_id: 'a\0b', lastSeenAt: 0, count: 1 }] },
    '/certificates/0/client_id',
  ],
] as const) {
  test(`a report with ${what} is refused at ${member}, and nothing of it is kept`, async (t) => {
    const { reports, identify } = await openNodes(t);
    const outcome = reports.accept(await identify('server-one'), body);
    assert.deepEqual(outcome, { accepted: false, code: 'report_invalid', member });
    assert.deepEqual(reports.nodes(), []);
  });
}

test('a node cannot claim to enforce what has not happened', async (t) => {
  const { reports, identify, revocation } = await openNodes(t);
  const node = await identify('server-one');
  const highest = revocation.follower.highestSequence;
  const ahead = highest + 1001;
  assert.deepEqual(reports.accept(node, { position: ahead }), {
    accepted: false,
    code: 'position_unknown',
    member: '/position',
  });
  const enforced = [
    { position: 1, at: 0 },
    { position: ahead, at: 0 },
  ];
  assert.deepEqual(reports.accept(node, { position: 1, enforced }), {
    accepted: false,
    code: 'position_unknown',
    member: '/enforced/1/position',
  });
  assert.deepEqual(reports.nodes(), []);
});

test('a node that heard of an event before this process is believed once the event has come', async (t) => {
  const { reports, identify, revocation, storage } = await openNodes(t);
  const node = await identify('server-one');
  const highest = revocation.follower.highestSequence;
  reports.accept(node, { position: highest + 1 });
  assert.equal(reports.nodes()[0]?.position, highest);
  await reports.flush();
  assert.equal((await storage.nodes.listNodes())[0]?.position, highest);
  await revocation.suspendClient('client-one', by);
  assert.equal(reports.nodes()[0]?.position, highest + 1);
});

test('what is kept of reports has bounds', async (t) => {
  const { identify, revocation, clock, storage } = await openNodes(t);
  const { follower } = revocation;
  const bounds = { maximumNodes: 2, maximumSightings: 2 };
  const reports = new NodeReports({ store: storage.nodes, follower, clock: clock.read, ...bounds });
  const node = await identify('server-one');
  const enforced = Array.from({ length: 1000 }, (_, index) => ({ position: 1, at: index }));
  const certificates = ['A', 'B', 'C'].map((letter) => ({
    'x5t#S256': letter.repeat(43),
    lastSeenAt: clock.now + 1_000_000,
    count: 1,
  }));
  reports.accept(node, { position: 1, enforced, certificates });
  assert.equal(reports.droppedSightings, 1);
  assert.equal(reports.nodes()[0]?.enforcements.length, enforcementsKept);
  assert.equal(reports.nodes()[0]?.enforcements.at(-1)?.at, 999);
  for (const clientId of ['b', 'c']) reports.accept({ ...node, clientId }, { position: 1 });
  assert.deepEqual(
    reports.nodes().map(({ clientId }) => clientId),
    ['b', 'c'],
  );
  await reports.flush();
  const sightings = await storage.nodes.listSightings({ limit: 10 });
  assert.equal(sightings.length, 2);
  // The node's clock is ahead; the future is not believed.
  assert.ok(sightings.every(({ lastSeenAt }) => lastSeenAt === clock.now));
});

test('a flush that fails loses nothing', async (t) => {
  const { identify, revocation, clock, storage } = await openNodes(t);
  let away = true;
  const reports = new NodeReports({
    store: {
      record: (batch) => (away ? Promise.reject(new Error('away')) : storage.nodes.record(batch)),
    },
    follower: revocation.follower,
    clock: clock.read,
  });
  const node = await identify('server-one');
  const certificates = [{ 'x5t#S256': x5t, lastSeenAt: clock.now, count: 2 }];
  reports.accept(node, { position: 1, certificates });
  await assert.rejects(reports.flush());
  away = false;
  reports.accept(node, { position: 1, certificates });
  await reports.flush();
  assert.equal((await storage.nodes.listSightings({ limit: 1 }))[0]?.count, 4);
  assert.equal((await storage.nodes.listNodes())[0]?.position, 1);
});

test('nodes are listed with their streams, how far they enforce and what they lack', async (t) => {
  const house = await openNodes(t);
  const { follow, reports, feed, revocation, storage, clock, identify } = house;
  const { follower } = revocation;
  const sources = { feed, reports, store: storage.nodes, follower };
  assert.deepEqual(await listNodes(sources), []);
  const node = await follow('server-one');
  await storage.nodes.record({
    nodes: [{ clientId: 'earlier', firstSeenAt: 1, lastSeenAt: 2, position: 3 }],
    sightings: [],
  });
  const { position } = follower;
  reports.accept(await identify('server-one'), { position });
  clock.advanceSeconds(60);
  await revocation.suspendClient('client-one', by);
  await feed.settled();
  const listed = await listNodes(sources);
  assert.deepEqual(
    listed.map(({ clientId, streams, lag }) => [clientId, streams.length, lag]),
    [
      ['earlier', 0, follower.position - 3],
      ['server-one', 1, follower.position - position],
    ],
  );
  assert.equal(listed[1]?.streams[0]?.position, follower.position);
  assert.equal(listed[1]?.position, position);
  assert.equal(listed[1]?.lastSeenAt, clock.now - 60_000);
  assert.equal(await removeNode(sources, 'earlier'), true);
  assert.equal(await removeNode(sources, 'earlier'), false);
  node.abort.abort();
  await node.ended;
  assert.equal(await removeNode(sources, 'server-one'), true);
  assert.deepEqual(await listNodes(sources), []);
});
