import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draft, now, signingKey } from '../records.ts';
import { type DatabaseKind, withNewStorage, withTwoNodes } from '../storage-for-test.ts';

const events = [draft('key.created', 'k', { object: { kind: 'key', id: 'k' } })];

export function signingKeysContract(kind: DatabaseKind): void {
  test(`${kind.name}: of two nodes that make the first key at once, one does`, () =>
    withTwoNodes(kind, async (one, other) => {
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 === 0 ? one : other).signingKeys.create(
            { key: signingKey(`k${index}`), newest: undefined },
            events,
          ),
        ),
      );
      assert.equal(outcomes.filter(({ done }) => done).length, 1);
      assert.equal((await one.signingKeys.list()).length, 1);
    }));

  test(`${kind.name}: a key follows the newest of its algorithm, whatever the others have`, () =>
    withNewStorage(kind, async ({ signingKeys }) => {
      const first = signingKey('k1', { activatesAt: now + 10 });
      const edwards = signingKey('k2', { algorithm: 'EdDSA', createdAt: now + 1 });
      const second = signingKey('k3', { activatesAt: now + 20, createdAt: now + 2 });
      assert.equal((await signingKeys.create({ key: first, newest: undefined }, events)).done, true);
      assert.equal((await signingKeys.create({ key: edwards, newest: undefined }, events)).done, true);
      assert.equal((await signingKeys.create({ key: second, newest: 'k2' }, events)).done, false);
      assert.equal((await signingKeys.create({ key: second, newest: 'k1' }, events)).done, true);
      assert.deepEqual(await signingKeys.list(), [first, edwards, second]);
    }));

  test(`${kind.name}: retiring and revoking erase the private key, once`, () =>
    withNewStorage(kind, async ({ signingKeys }) => {
      await signingKeys.create({ key: signingKey('k1'), newest: undefined }, events);
      assert.equal((await signingKeys.retire({ kid: 'k1', at: now + 1 }, events)).done, true);
      assert.equal((await signingKeys.retire({ kid: 'k1', at: now + 2 }, events)).done, false);
      const replacement = signingKey('k2', { createdAt: now + 1 });
      const revocation = { kid: 'k1', at: now + 3, replacement };
      assert.equal((await signingKeys.revoke(revocation, events)).done, true);
      assert.equal((await signingKeys.revoke(revocation, events)).done, false);
      assert.equal((await signingKeys.revoke({ ...revocation, kid: 'z' }, events)).done, false);
      const { sealedPrivateKey: _, ...publicPart } = signingKey('k1');
      assert.deepEqual(await signingKeys.list(), [
        { ...publicPart, retiredAt: now + 1, revokedAt: now + 3 },
        replacement,
      ]);
    }));
}
