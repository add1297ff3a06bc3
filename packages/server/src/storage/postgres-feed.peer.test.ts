import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { openStorage, type Storage } from './open-storage.ts';
import { connect } from './testing/connect.ts';
import { openTransaction } from './testing/open-transaction.ts';
import { postgresCluster } from './testing/postgres-cluster.ts';
import { draft, now } from './testing/records.ts';
import { masterKey, withStorage } from './testing/storage-for-test.ts';
import { verifyAudit } from './verify-audit.ts';

const cluster = await postgresCluster();

function seenBy({ feed }: Storage): number[] {
  const seen: number[] = [];
  feed.subscribe('test', ({ sequence }) => seen.push(sequence));
  return seen;
}

const act = (storage: Storage) => storage.revocation.record(draft('x.done', 'a'));

test('a transaction that stays open delays nobody else, and its event is delivered when it commits', async () => {
  const url = await cluster.createDatabase();
  await withStorage({ url }, (one) =>
    withStorage({ url }, async (other) => {
      const seen = [one, other].map(seenBy);
      await act(one);
      const late = await openTransaction(url);
      const sequences: number[] = [];
      for (let count = 0; count < 5; count += 1) sequences.push((await act(one)).sequence);
      const last = sequences.at(-1) as number;
      await other.feed.delivered(last);
      for (const { feed } of [one, other]) assert.equal(feed.position, late.sequence - 1);
      // Nothing at or after the open number is sealed: it is not final.
      await one.seals.seal();
      assert.equal((await one.seals.last())?.to, late.sequence - 1);
      await late.commit();
      await Promise.all([one, other].map(({ feed }) => feed.delivered(late.sequence)));
      for (const { feed } of [one, other]) assert.equal(feed.position, last);
      for (const list of seen) assert.deepEqual(list, [1, ...sequences, late.sequence]);
      await other.seals.seal();
      assert.equal((await one.seals.last())?.to, last);
    }),
  );
  assert.equal((await verifyAudit({ url })).valid, true);
});

test('a number whose transaction was rolled back is given up, once none that could hold it is left', async () => {
  const url = await cluster.createDatabase();
  await withStorage({ url }, async (storage) => {
    const seen = seenBy(storage);
    const [lost, late] = [await openTransaction(url), await openTransaction(url)];
    const { sequence } = await act(storage);
    await lost.rollback();
    await act(storage);
    // The other transaction was there before, so it might hold the number.
    assert.equal(storage.feed.position, 0);
    await late.commit();
    await storage.feed.delivered(lost.sequence);
    await storage.feed.delivered(late.sequence);
    assert.equal(storage.feed.position, sequence + 1);
    assert.deepEqual(seen, [sequence, sequence + 1, late.sequence]);
    await storage.seals.seal();
    assert.equal((await storage.seals.last())?.to, sequence + 1);
  });
  assert.equal((await verifyAudit({ url })).valid, true);
});

test('a number is not given up while its transaction is open, also where that is the newest of all', async () => {
  const url = await cluster.createDatabase();
  await withStorage({ url }, async (storage) => {
    const seen = seenBy(storage);
    const early = await connect(url);
    await early.query('BEGIN; SELECT pg_current_xact_id()');
    const late = await openTransaction(url);
    await early.query(
      `INSERT INTO events (at, actor, act, object_kind, object_id) VALUES (1, 'cli', 'x.done', 'client', 'a'); COMMIT`,
    );
    await early.end();
    // What is seen first has a higher number than the open one's, and its transaction a lower one.
    await storage.feed.delivered(late.sequence + 1);
    const own = [await act(storage), await act(storage)].map(({ sequence }) => sequence);
    assert.equal(storage.feed.position, late.sequence - 1);
    await late.commit();
    await storage.feed.delivered(late.sequence);
    assert.deepEqual(seen, [late.sequence + 1, ...own, late.sequence]);
  });
});

test('a node that starts while a transaction is open delivers its event too', async () => {
  const url = await cluster.createDatabase();
  await withStorage({ url }, async (storage) => {
    await act(storage);
    await storage.seals.seal();
  });
  const late = await openTransaction(url);
  const highest = await openTransaction(url);
  await withStorage({ url }, act);
  await withStorage({ url }, async (storage) => {
    const seen = seenBy(storage);
    assert.equal(storage.feed.position, late.sequence - 1);
    assert.equal(storage.feed.highest, highest.sequence + 1);
    await Promise.all([late.commit(), highest.commit()]);
    await storage.feed.delivered(late.sequence);
    await storage.feed.delivered(highest.sequence);
    assert.deepEqual(seen.sort(), [late.sequence, highest.sequence]);
    assert.equal(storage.feed.position, highest.sequence + 1);
  });
});

test('a commit of which nobody was notified is found all the same', async () => {
  const url = await cluster.createDatabase();
  await withStorage({ url }, async (storage) => {
    const seen = seenBy(storage);
    const silent = await openTransaction(url);
    await silent.commit();
    await storage.feed.delivered(silent.sequence);
    assert.deepEqual(seen, [silent.sequence]);
    // And before what this node does next, which may be about the same object.
    const second = await openTransaction(url);
    await second.commit();
    const own = await act(storage);
    assert.deepEqual(seen, [silent.sequence, second.sequence, own.sequence]);
  });
});

test('of a number that was missing, the event is delivered before what this node does afterwards', async () => {
  const url = await cluster.createDatabase();
  await withStorage({ url }, async (storage) => {
    const seen = seenBy(storage);
    const late = await openTransaction(url);
    const higher = await act(storage);
    await late.commit();
    const own = await act(storage);
    assert.deepEqual(seen, [higher.sequence, late.sequence, own.sequence]);
  });
});

test('an act is delivered when it is answered, and other nodes are woken', async () => {
  const url = await cluster.createDatabase();
  await withStorage({ url }, async (storage) => {
    const seen = seenBy(storage);
    const listener = await connect(url);
    const woken = once(listener, 'notification');
    await listener.query('LISTEN mortise_events');
    const own = [await act(storage), await act(storage)].map(({ sequence }) => sequence);
    assert.deepEqual(seen, own);
    assert.equal(storage.feed.position, own.at(-1));
    await woken;
    await listener.end();
  });
});

test('more events than one look takes are delivered in their order', async () => {
  const url = await cluster.createDatabase();
  await withStorage({ url }, async (storage) => {
    const seen = seenBy(storage);
    const client = await connect(url);
    await client.query(
      `INSERT INTO events (at, actor, act, object_kind, object_id)
       SELECT 1, 'cli', 'x.done', 'client', 'a' FROM generate_series(1, 3500)`,
    );
    await client.end();
    await storage.feed.delivered(3_500);
    assert.deepEqual(
      seen,
      Array.from({ length: 3_500 }, (_, index) => index + 1),
    );
  });
});

test('a feed whose connection is cut says so once, connects again and misses nothing', async () => {
  const url = await cluster.createDatabase();
  let clock = now;
  const logged: string[] = [];
  const back = Promise.withResolvers<void>();
  const log = {
    error: (_: object, message: string) => logged.push(message),
    warn: (_: object, message: string) => {
      if (message.includes('again')) back.resolve();
    },
  };
  const storage = await openStorage({ url, clock: () => clock, masterKey, log });
  const seen = seenBy(storage);
  await act(storage);
  const knife = await connect(url);
  clock = now + 1_000;
  await knife.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'mortise' AND datname = current_database()`,
  );
  await knife.query(
    `INSERT INTO events (at, actor, act, object_kind, object_id) VALUES (1, 'cli', 'x.done', 'client', 'a')`,
  );
  await knife.end();
  await storage.feed.delivered(2);
  await back.promise;
  assert.deepEqual(seen, [1, 2]);
  assert.equal(storage.feed.lastCaughtUpAt >= now, true);
  assert.deepEqual(
    logged.filter((message) => message.includes('feed')),
    ['the feed has lost its connection to the database'],
  );
  assert.equal((await act(storage)).sequence, 3);
  assert.equal(storage.feed.lastCaughtUpAt, clock);
  await storage.close();
});

test('a database that comes back without what was seen is not followed: the server grows stale, and says why', async () => {
  const url = await cluster.createDatabase();
  let clock = now;
  const said = Promise.withResolvers<unknown>();
  const log = {
    error: ({ err }: { err?: { code?: string } }) => {
      if (err?.code === 'rolled_back') said.resolve(err);
    },
    warn: (_: object, message: string) => {
      if (message.includes('again')) said.reject(new Error('it is followed'));
    },
  };
  const storage = await openStorage({ url, clock: () => clock, masterKey, log });
  const seen = seenBy(storage);
  await act(storage);
  await act(storage);
  const knife = await connect(url);
  clock = now + 1_000;
  await knife.query(
    `DELETE FROM events WHERE sequence = 2;
     INSERT INTO events (sequence, at, actor, act, object_kind, object_id) VALUES (2, 1, 'cli', 'x.done', 'client', 'b')`,
  );
  await knife.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'mortise' AND datname = current_database()`,
  );
  await knife.end();
  assert.match(String(await said.promise), /no longer has event 2.*restart/);
  assert.ok(storage.feed.lastCaughtUpAt <= clock);
  // What this node does there is not delivered either, though its number is the next: the second event is another than the one that was seen.
  const acting = act(storage);
  await storage.close();
  assert.equal((await acting).sequence, 3);
  assert.deepEqual(seen, [1, 2]);
  await withStorage({ url }, async ({ feed }) => assert.equal(feed.position, 3));
});

test('two nodes that seal at once make one chain', async () => {
  const url = await cluster.createDatabase();
  await withStorage({ url }, (one) =>
    withStorage({ url }, async (other) => {
      await Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const node = index % 2 === 0 ? one : other;
          await act(node);
          await node.seals.seal();
        }),
      );
      await one.seals.seal();
    }),
  );
  const report = await verifyAudit({ url });
  assert.deepEqual([report.valid, report.sealedTo, report.unsealedEvents], [true, 40, 0]);
});
