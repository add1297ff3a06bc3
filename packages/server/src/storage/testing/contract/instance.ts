import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventDraft } from '../../../events/index.ts';
import { now } from '../records.ts';
import { type DatabaseKind, withTwoNodes } from '../storage-for-test.ts';

const created: EventDraft = {
  actor: 'system',
  act: 'instance.created',
  object: { kind: 'instance', id: 'x' },
};

export function instanceContract(kind: DatabaseKind): void {
  test(`${kind.name}: of two nodes that start first at once, one names the instance`, () =>
    withTwoNodes(kind, async (one, other) => {
      const named = (issuer: string) => ({
        issuer,
        mtlsUrl: 'https://localhost:8444',
        pkiUrl: 'http://localhost:8080',
        serverNames: ['localhost', '127.0.0.1'],
        ports: { public: 8443 },
        createdAt: now,
      });
      assert.equal(await one.instance.get(), undefined);
      assert.equal(await one.instance.update(named('https://none.example'), created), undefined);
      const done = await Promise.all([
        one.instance.initialise(named('https://a.example'), created),
        other.instance.initialise(named('https://a.example'), created),
      ]);
      assert.equal(done.filter(Boolean).length, 1);
      assert.deepEqual(await other.instance.get(), named('https://a.example'));
      assert.equal((await one.feed.read(0, 9)).length, 1);
      assert.notEqual(await one.instance.update(named('https://b.example'), created), undefined);
      assert.equal((await other.instance.get())?.issuer, 'https://b.example');
    }));
}
