import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draft, resource } from '../records.ts';
import { type DatabaseKind, withNewStorage } from '../storage-for-test.ts';

const payments = 'https://payments.example/';
const created = [draft('resource.created', payments, { object: { kind: 'resource', id: payments } })];

export function resourcesContract(kind: DatabaseKind): void {
  test(`${kind.name}: a resource comes back as it was created, by name, by scope and by resource server`, () =>
    withNewStorage(kind, async ({ resources }) => {
      const whole = resource(payments, { name: 'Payments', accessTokenLifetimeSeconds: 60 });
      const bare = resource('https://bare.example/', { scopes: ['payments:read'], resourceServers: [] });
      assert.equal((await resources.create(whole, created)).done, true);
      assert.equal((await resources.create(bare, created)).done, true);
      assert.deepEqual(await resources.create(whole, created), {
        done: false,
        conflict: { code: 'resource_exists' },
      });
      assert.deepEqual(await resources.find(payments), whole);
      assert.equal(await resources.find('https://payments.example'), undefined);
      assert.deepEqual(await resources.byScope('payments:write'), [whole]);
      assert.deepEqual(await resources.byScope('payments:read'), [bare, whole]);
      assert.deepEqual(await resources.byResourceServer('payments-api'), [whole]);
      assert.deepEqual(await resources.byResourceServer('other'), []);
      assert.deepEqual(await resources.list({ limit: 1 }), [bare]);
      assert.deepEqual(await resources.list({ limit: 5, after: bare.identifier }), [whole]);
    }));

  test(`${kind.name}: an update of a resource replaces its scopes and servers, from the revision it was read at`, () =>
    withNewStorage(kind, async ({ resources }) => {
      await resources.create(resource(payments), created);
      const changed = resource(payments, { scopes: ['refunds'], resourceServers: ['b'], revision: 2 });
      const updated = [draft('resource.updated', payments)];
      assert.equal((await resources.update({ resource: changed, expectedRevision: 1 }, updated)).done, true);
      assert.deepEqual(await resources.find(payments), changed);
      assert.deepEqual(await resources.byScope('payments:write'), []);
      assert.deepEqual(await resources.byScope('refunds'), [changed]);
      assert.deepEqual(await resources.byResourceServer('payments-api'), []);
      assert.deepEqual(await resources.update({ resource: changed, expectedRevision: 1 }, updated), {
        done: false,
        conflict: { code: 'stale' },
      });
      assert.deepEqual(
        await resources.update({ resource: resource('https://x.example/'), expectedRevision: 1 }, updated),
        { done: false, conflict: { code: 'resource_unknown' } },
      );
    }));
}
