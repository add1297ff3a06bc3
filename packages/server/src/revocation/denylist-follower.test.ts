import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Event, EventDraft, Feed } from '../events/index.ts';
import { DenylistFollower } from './denylist-follower.ts';
import type { DenylistRow } from './denylist-row.ts';
import { inOrder } from './testing/in-order.ts';
import { openRevocation } from './testing/open-revocation.ts';
import { perform, randomActs } from './testing/random-acts.ts';

/** A feed and a store that do what the test says. */
class Stage implements Feed {
  now = 1_000_000;
  lastCaughtUpAt = 1_000_000;
  position = 0;
  highest = 0;
  rows: DenylistRow[] = [];
  deleted: number[] = [];
  reading: Promise<void> = Promise.resolve();
  readonly handlers = new Set<(event: Event) => void>();

  open(): Promise<DenylistFollower> {
    return DenylistFollower.open({
      store: {
        denylist: async () => {
          await this.reading;
          return this.rows;
        },
        deleteExpired: async (before) => this.deleted.push(before),
      },
      feed: this,
      clock: () => this.now,
      stalenessLimitSeconds: 30,
    });
  }

  subscribe(_name: string, handler: (event: Event) => void): () => void {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  async delivered(): Promise<void> {}

  async read(): Promise<Event[]> {
    return [];
  }

  deliver(sequence: number, draft: Partial<EventDraft>): void {
    const event: Event = {
      actor: 'system',
      act: 'test',
      object: { kind: 'client', id: 'a' },
      ...draft,
      sequence,
      at: this.now,
    };
    this.position = sequence;
    this.highest = sequence;
    for (const handler of this.handlers) handler(event);
  }
}

test('after any acts, what is in memory equals what another process would read', async (t) => {
  await fc.assert(
    fc.asyncProperty(randomActs, async (acts) => {
      const house = await openRevocation(t);
      for (const act of acts) await perform(house, act);
      await house.revocation.prune();
      assert.deepEqual(house.inMemory(), await house.stored());
      const rows = house.revocation.follower.rows.all().map(({ entry }) => entry);
      assert.deepEqual(inOrder(rows), inOrder(house.revocation.denylist.snapshot()));
    }),
    { numRuns: 12 },
  );
});

test('acts done at the same time leave memory and database alike', async (t) => {
  await fc.assert(
    fc.asyncProperty(randomActs, async (acts) => {
      const house = await openRevocation(t);
      const still = acts.filter(({ act }) => act !== 'pass' && act !== 'prune');
      await Promise.all(still.map((act) => perform(house, act)));
      assert.deepEqual(house.inMemory(), await house.stored());
    }),
    { numRuns: 8 },
  );
});

test('an event delivered while the list is read is not lost, whether the list held it or not', async () => {
  const entry = { kind: 'token', id: 'one' } as const;
  for (const rows of [[], [{ entry, clientId: 'a' }]]) {
    const stage = new Stage();
    const { promise, resolve } = Promise.withResolvers<void>();
    stage.reading = promise;
    stage.rows = rows;
    const opening = stage.open();
    stage.deliver(7, { clientId: 'a', denylist: { add: [entry] } });
    resolve();
    const follower = await opening;
    assert.deepEqual(follower.denylist.snapshot(), [entry]);
    assert.equal(follower.highestSequence, 7);
  }
});

test('what was added and removed again while the list is read is gone', async () => {
  const entry = { kind: 'client', id: 'a' } as const;
  const stage = new Stage();
  const { promise, resolve } = Promise.withResolvers<void>();
  stage.reading = promise;
  const opening = stage.open();
  stage.deliver(1, { clientId: 'a', denylist: { add: [entry] } });
  stage.deliver(2, { clientId: 'a', denylist: { remove: [entry] } });
  resolve();
  assert.equal((await opening).denylist.size, 0);
});

test('it is stale once it has caught up with nothing for longer than the limit', async () => {
  const stage = new Stage();
  const follower = await stage.open();
  stage.now += 30_000;
  assert.equal(follower.isStale(), false);
  assert.equal(follower.lagMs, 30_000);
  stage.now += 1;
  assert.equal(follower.isStale(), true);
  stage.lastCaughtUpAt = stage.now;
  assert.equal(follower.isStale(), false);
  assert.equal(follower.lagMs, 0);
});

test('listeners hear each event after the list holds it, until they stop', async () => {
  const stage = new Stage();
  const follower = await stage.open();
  const heard: [number, number][] = [];
  const stop = follower.onEvent(({ sequence }) => heard.push([sequence, follower.denylist.size]));
  stage.deliver(1, { denylist: { add: [{ kind: 'key', id: 'k1' }] } });
  stage.deliver(2, {});
  stop();
  stage.deliver(3, {});
  assert.deepEqual(heard, [
    [1, 1],
    [2, 1],
  ]);
  follower.close();
  assert.equal(stage.handlers.size, 0);
});

test('a list that cannot be read leaves no subscription behind', async () => {
  const stage = new Stage();
  stage.reading = Promise.reject(new Error('the database is away'));
  await assert.rejects(stage.open(), { message: 'the database is away' });
  assert.equal(stage.handlers.size, 0);
});

test('pruning drops what has worn off here and in the store', async () => {
  const stage = new Stage();
  stage.rows = [
    { entry: { kind: 'token', id: 'one', expiresAt: stage.now }, clientId: 'a' },
    { entry: { kind: 'token', id: 'two', expiresAt: stage.now + 1 }, clientId: 'a' },
  ];
  const follower = await stage.open();
  await follower.prune();
  assert.deepEqual(
    follower.denylist.snapshot().map(({ id }) => id),
    ['two'],
  );
  assert.deepEqual(
    follower.rows.ofClient('a').map(({ id }) => id),
    ['two'],
  );
  assert.deepEqual(stage.deleted, [stage.now]);
});
