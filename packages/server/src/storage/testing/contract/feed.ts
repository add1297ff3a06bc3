import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../../events/index.ts';
import { client, draft, now, secret } from '../records.ts';
import { type DatabaseKind, withNewStorage, withStorage, withTwoNodes } from '../storage-for-test.ts';

export function feedContract(kind: DatabaseKind): void {
  test(`${kind.name}: an act resolves after this process has delivered its event, whole`, () =>
    withNewStorage(kind, async ({ feed, revocation }) => {
      const seen: Event[] = [];
      const stop = feed.subscribe('test', (event) => seen.push(event));
      const whole = draft('token.revoked', 'a', {
        data: { list: [1, 'two', null, { three: true }], text: '\0é' },
        denylist: {
          add: [{ kind: 'token', id: 't', expiresAt: now }],
          remove: [{ kind: 'client', id: 'a' }],
        },
      });
      const event = await revocation.record(whole);
      assert.deepEqual(event, { ...whole, sequence: 1, at: now });
      assert.deepEqual(seen, [event]);
      assert.equal(feed.position, 1);
      await feed.delivered(1);
      stop();
      await revocation.record(draft('token.revoked', 'a'));
      assert.equal(seen.length, 1);
      assert.deepEqual((await feed.read(0, 1))[0], event);
      assert.deepEqual(
        (await feed.read(1, 9)).map(({ sequence }) => sequence),
        [2],
      );
      assert.equal(feed.lastCaughtUpAt, now);
    }));

  test(`${kind.name}: a reader that throws keeps neither the others nor the act from going on`, async () => {
    const logged: object[] = [];
    const log = { warn: () => {}, error: (fields: object) => logged.push(fields) };
    await withStorage({ url: await kind.createDatabase(), log }, async ({ feed, revocation }) => {
      const seen: number[] = [];
      feed.subscribe('broken', () => {
        throw new Error('broken');
      });
      feed.subscribe('whole', (event) => seen.push(event.sequence));
      await revocation.record(draft('x.done', 'a'));
      assert.deepEqual(seen, [1]);
      assert.equal((logged[0] as { subscriber: string }).subscriber, 'broken');
    });
  });

  test(`${kind.name}: an act that fails writes no row and no event, and those beside it go on`, () =>
    withNewStorage(kind, async ({ clients, feed }) => {
      const taken = secret('taken');
      await clients.create({ client: client('a', { credentials: [taken] }), claims: [] }, [
        draft('client.created', 'a'),
      ]);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 10 }, (_, index) =>
          clients.create(
            { client: client(`b${index}`, { credentials: index % 3 === 1 ? [taken] : [] }), claims: [] },
            [draft('client.created', `b${index}`)],
          ),
        ),
      );
      const failed = outcomes.filter(({ status }) => status === 'rejected');
      assert.equal(failed.length, 3);
      assert.equal((failed[0] as PromiseRejectedResult).reason.code, 'conflict');
      assert.equal((await clients.list({ limit: 99 })).length, 8);
      assert.equal((await feed.read(0, 99)).length, 8);
    }));

  test(`${kind.name}: every node delivers every event of all nodes once, and acts on one object in their order`, () =>
    withTwoNodes(kind, async (one, other) => {
      const seen = [one, other].map(({ feed }) => {
        const events: Event[] = [];
        feed.subscribe('test', (event) => events.push(event));
        return events;
      });
      await one.clients.create({ client: client('a'), claims: [] }, [draft('client.created', 'a')]);
      const others = Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? one : other).revocation.record(draft('x.done', `${index}`)),
      );
      const onOneClient = async () => {
        const events: Event[] = [];
        for (let revision = 1; revision <= 20; revision += 1) {
          const node = revision % 2 === 0 ? one : other;
          const change = {
            clientId: 'a',
            expectedRevision: revision,
            status: 'active',
            epoch: 1,
            at: now,
          } as const;
          const update = draft('client.updated', 'a', { data: { from: revision } });
          events.push((await node.revocation.changeClientStatus(change, update)) as Event);
        }
        return events;
      };
      const written = [...(await onOneClient()), ...(await Promise.all(others))];
      const last = Math.max(...written.map(({ sequence }) => sequence));
      for (const { feed } of [one, other]) {
        for (const { sequence } of written) await feed.delivered(sequence);
        assert.equal(feed.position <= last, true);
      }
      for (const events of seen) {
        assert.equal(new Set(events.map(({ sequence }) => sequence)).size, events.length);
        assert.equal(events.length, written.length + 1);
        const onClient = events
          .filter(({ act }) => act === 'client.updated')
          .map(({ data }) => data?.['from']);
        assert.deepEqual(
          onClient,
          Array.from({ length: 20 }, (_, index) => index + 1),
        );
      }
    }));

  test(`${kind.name}: what was there before it was opened is not delivered again`, async () => {
    const url = await kind.createDatabase();
    await withStorage({ url }, async ({ revocation }) => {
      for (let count = 0; count < 3; count += 1) await revocation.record(draft('x.done', 'a'));
    });
    await withStorage({ url }, async ({ feed, revocation }) => {
      const seen: number[] = [];
      feed.subscribe('test', ({ sequence }) => seen.push(sequence));
      assert.equal(feed.position, 3);
      await feed.delivered(2);
      assert.equal((await revocation.record(draft('x.done', 'a'))).sequence, 4);
      assert.deepEqual(seen, [4]);
    });
  });
}
