import assert from 'node:assert/strict';
import { test } from 'node:test';
import { now } from '../records.ts';
import { type DatabaseKind, withNewStorage, withTwoNodes } from '../storage-for-test.ts';

export function nodesContract(kind: DatabaseKind): void {
  test(`${kind.name}: reports of a node keep the earliest, the latest and the highest, and add up`, () =>
    withTwoNodes(kind, async (one, other) => {
      const node = { clientId: 'n', firstSeenAt: now, lastSeenAt: now + 5, position: 7 };
      const sighting = { nodeClientId: 'n', x5t: 'x', clientId: 'late', lastSeenAt: now + 5, count: 2 };
      const { clientId: _, ...nameless } = { ...sighting, x5t: 'y', count: 1 };
      await Promise.all([
        one.nodes.record({ nodes: [node], sightings: [sighting, nameless] }),
        other.nodes.record({
          nodes: [{ ...node, firstSeenAt: now - 1, lastSeenAt: now, position: 3 }],
          sightings: [nameless, { ...sighting, clientId: 'early', lastSeenAt: now + 1, count: 3 }],
        }),
      ]);
      await one.nodes.record({ nodes: [], sightings: [] });
      assert.deepEqual(await one.nodes.listNodes(), [{ ...node, firstSeenAt: now - 1 }]);
      assert.deepEqual(await one.nodes.listSightings({ limit: 9 }), [
        { ...sighting, count: 5 },
        { ...nameless, count: 2 },
      ]);
    }));

  test(`${kind.name}: sightings are listed page by page, and go with their node`, () =>
    withNewStorage(kind, async ({ nodes }) => {
      const sightings = ['a', 'b'].flatMap((nodeClientId) =>
        ['x', 'y'].map((x5t) => ({ nodeClientId, x5t, lastSeenAt: now, count: 1 })),
      );
      await nodes.record({
        nodes: [{ clientId: 'a', firstSeenAt: now, lastSeenAt: now, position: 0 }],
        sightings,
      });
      assert.deepEqual(await nodes.listSightings({ limit: 3 }), sightings.slice(0, 3));
      const after = { nodeClientId: 'a', x5t: 'y' };
      assert.deepEqual(await nodes.listSightings({ limit: 3, after }), sightings.slice(2));
      assert.equal(await nodes.removeNode('a'), true);
      assert.equal(await nodes.removeNode('a'), false);
      assert.deepEqual(await nodes.listSightings({ limit: 9 }), sightings.slice(2));
      assert.deepEqual(await nodes.listNodes(), []);
    }));
}
