import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, draft, now, secret } from '../records.ts';
import { type DatabaseKind, withNewStorage, withTwoNodes } from '../storage-for-test.ts';

export function credentialUsesContract(kind: DatabaseKind): void {
  test(`${kind.name}: uses add up over flushes and nodes, and the latest is the credential's last use`, () =>
    withTwoNodes(kind, async (one, other) => {
      await one.clients.create({ client: client('a', { credentials: [secret('c1')] }), claims: [] }, [
        draft('client.created', 'a'),
      ]);
      const use = { clientId: 'a', credentialId: 'c1', thumbprint: '', scope: 'x' };
      const bound = { ...use, thumbprint: 't' };
      await Promise.all([
        one.credentialUses.record([
          { ...use, lastUsedAt: now + 5, count: 2 },
          { ...bound, lastUsedAt: now + 1, count: 1 },
        ]),
        other.credentialUses.record([
          { ...bound, lastUsedAt: now + 9, count: 1 },
          { ...use, lastUsedAt: now + 3, count: 4 },
        ]),
      ]);
      await one.credentialUses.record([]);
      assert.deepEqual(await one.credentialUses.ofClient('a'), [
        { ...use, lastUsedAt: now + 5, count: 6 },
        { ...bound, lastUsedAt: now + 9, count: 2 },
      ]);
      assert.deepEqual(await one.credentialUses.ofClient('b'), []);
      assert.equal((await one.clients.find('a', now))?.credentials[0]?.lastUsedAt, now + 9);
    }));

  test(`${kind.name}: many uses in one flush, some of them of one row, are all counted`, () =>
    withNewStorage(kind, async ({ credentialUses }) => {
      const uses = Array.from({ length: 260 }, (_, index) => ({
        clientId: 'a',
        credentialId: `c${String(index % 130).padStart(3, '0')}`,
        thumbprint: '',
        scope: 'x y',
        lastUsedAt: now + index,
        count: 1 + index,
      }));
      await credentialUses.record(uses);
      const rows = await credentialUses.ofClient('a');
      assert.equal(rows.length, 130);
      assert.deepEqual(rows[7], { ...uses[137], count: 8 + 138 });
    }));
}
