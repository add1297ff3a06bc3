import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import fc from 'fast-check';
import { openHouse } from '../authority/testing/open-house.ts';
import { openTransaction } from '../storage/testing/open-transaction.ts';
import { postgresCluster } from '../storage/testing/postgres-cluster.ts';
import { withNodes } from './testing/open-nodes.ts';
import type { RevocationHouse } from './testing/open-revocation.ts';
import { by, openRevocation, withRevocation } from './testing/open-revocation.ts';
import { perform, randomActs } from './testing/random-acts.ts';

const cluster = await postgresCluster();

/** Two processes over one new PostgreSQL database. */
async function openTwo(test: TestContext): Promise<[RevocationHouse, RevocationHouse]> {
  const url = await cluster.createDatabase();
  const first = await openRevocation(test, { url });
  return [first, await withRevocation(test, await first.again())];
}

test('two processes that start at once on an empty database have one root', async (t) => {
  const url = await cluster.createDatabase();
  const [first, second] = await Promise.all([openHouse(t, { url }), openHouse(t, { url })]);
  const ids = (await first.storage.authorities.listAuthorities()).map(({ id }) => id);
  assert.equal(ids.length, 2);
  for (const { authority } of [first, second]) {
    assert.deepEqual(
      authority.list().map(({ id }) => id),
      ids,
    );
  }
  const { certificate } = await first.authority.issue({
    profile: 'server',
    names: ['a.example'],
    actor: 'cli',
  });
  assert.equal(second.authority.chainFor(certificate).length, 1);
});

test('what one process revokes, the other denies and tells its nodes', async (t) => {
  const [first, second] = await openTwo(t);
  const nodes = await withNodes(t, second);
  const one = await nodes.follow('server-one');
  const two = await nodes.follow('server-two');
  const outcome = await first.revocation.suspendClient('client-one', by);
  assert.ok(outcome.changed);
  await second.storage.feed.delivered(outcome.event.sequence);
  assert.ok(second.revocation.denylist.denies({ clientId: 'client-one' }));
  await nodes.feed.settled();
  assert.deepEqual(one.ids(), ['client-one', 'client-one']);
  assert.deepEqual(two.ids(), []);
});

test('a process that starts while a transaction is open knows how far beyond it its list reaches', async (t) => {
  const url = await cluster.createDatabase();
  const first = await openRevocation(t, { url });
  const open = await openTransaction(url);
  const outcome = await first.revocation.suspendClient('client-one', by);
  assert.ok(outcome.changed);
  const { revocation } = await withRevocation(t, await first.again());
  assert.ok(revocation.denylist.denies({ clientId: 'client-one' }));
  assert.equal(revocation.follower.position, open.sequence - 1);
  assert.equal(revocation.follower.highestSequence, outcome.event.sequence);
  await open.rollback();
});

test('an authority that one process revokes signs nothing in the other', async (t) => {
  const [first, second] = await openTwo(t);
  const [, intermediate] = first.authority.list();
  const outcome = await first.revocation.revokeAuthority(intermediate!.id, by);
  assert.ok(outcome.changed);
  await second.storage.feed.delivered(outcome.event.sequence);
  assert.equal(second.authority.isActive(intermediate!.id), false);
  const issued = await second.authority.issue({
    profile: 'client',
    clientId: 'client-one',
    actor: 'cli',
  });
  assert.notEqual(issued.record.authorityId, intermediate!.id);
});

test('acts of both processes at once leave both memories as the database has it', async (t) => {
  await fc.assert(
    fc.asyncProperty(randomActs, async (acts) => {
      const houses = await openTwo(t);
      const still = acts.filter(({ act }) => act !== 'pass' && act !== 'prune');
      await Promise.all(still.map((act, index) => perform(houses[index % 2]!, act)));
      const last = (await houses[0].events()).at(-1)!.sequence;
      for (const house of houses) {
        await house.storage.feed.delivered(last);
        assert.deepEqual(house.inMemory(), await house.stored());
      }
    }),
    { numRuns: 4 },
  );
});
