import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draft, now, profile } from '../records.ts';
import { type DatabaseKind, withNewStorage, withTwoNodes } from '../storage-for-test.ts';

const changed = [draft('profile.updated', 'web', { object: { kind: 'profile', id: 'web' } })];
const web = profile('web');

export function profilesContract(kind: DatabaseKind): void {
  test(`${kind.name}: of two who add or change a profile at once, one does`, () =>
    withTwoNodes(kind, async (one, other) => {
      const added = await Promise.all(
        [one, other].map(({ profiles }) => profiles.save({ profile: web, expectedRevision: 0 }, changed)),
      );
      assert.deepEqual(added.sort(), [false, true]);
      const next = profile('web', { definition: { based_on: 'client' }, updatedAt: now + 1, revision: 2 });
      const replaced = await Promise.all(
        [one, other].map(({ profiles }) => profiles.save({ profile: next, expectedRevision: 1 }, changed)),
      );
      assert.deepEqual(replaced.sort(), [false, true]);
      assert.deepEqual(await other.profiles.list(), [next]);
    }));

  test(`${kind.name}: an unknown profile is not replaced, and a refused change leaves no event`, () =>
    withNewStorage(kind, async ({ profiles, feed }) => {
      assert.equal(await profiles.save({ profile: web, expectedRevision: 1 }, changed), false);
      assert.deepEqual(await profiles.list(), []);
      assert.deepEqual(await feed.read(0, 10), []);
    }));
}
