import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CredentialUse } from './credential-use.ts';
import type { CredentialUseCount } from './store.ts';
import { openTestClients, startOfTime } from './testing/test-clients.ts';

function counting(options: { capacity?: number } = {}) {
  const written: (readonly CredentialUseCount[])[] = [];
  const errors: unknown[] = [];
  const control = { now: 0, failing: false };
  const use = new CredentialUse({
    store: {
      record: async (uses) => {
        if (control.failing) throw new Error('away');
        written.push(uses.map((one) => ({ ...one })));
      },
    },
    clock: () => control.now,
    onError: (error) => errors.push(error),
    flushIntervalMs: 2 ** 30,
    ...options,
  });
  return { use, written, errors, control };
}
const used = { clientId: 'a', credentialId: 'cred_1', scope: 'read' };

test('uses are counted by credential, thumbprint and scope, and written once', async () => {
  const { use, written, control } = counting();
  use.record(used);
  control.now = 5;
  use.record(used);
  use.record({ ...used, thumbprint: 'x5t' });
  use.record({ ...used, scope: 'write' });
  await use.flush();
  await use.flush();
  const row = { ...used, thumbprint: '', lastUsedAt: 5 };
  assert.deepEqual(written, [
    [
      { ...row, count: 2 },
      { ...row, thumbprint: 'x5t', count: 1 },
      { ...row, scope: 'write', count: 1 },
    ],
  ]);
  await use.close();
});

test('counts of a failed flush are kept and written with the next', async () => {
  const { use, written, errors, control } = counting();
  use.record(used);
  control.failing = true;
  await use.flush();
  assert.match(String(errors), /away/);
  control.failing = false;
  control.now = 9;
  use.record(used);
  await use.flush();
  assert.deepEqual(written, [[{ ...used, thumbprint: '', lastUsedAt: 9, count: 2 }]]);
  await use.close();
});

test('a count of a failed flush does not turn back the time of a later use', async () => {
  const { use, written, control } = counting();
  control.failing = true;
  control.now = 1;
  use.record(used);
  const flushing = use.flush();
  control.now = 2;
  use.record(used);
  await flushing;
  control.failing = false;
  await use.close();
  assert.deepEqual(written, [[{ ...used, thumbprint: '', lastUsedAt: 2, count: 2 }]]);
});

test('what waits is bounded, and what finds no room is counted', async () => {
  const { use, written, control } = counting({ capacity: 2 });
  for (const scope of ['a', 'b', 'c', 'c', 'a']) use.record({ ...used, scope });
  assert.equal(use.dropped, 2);
  control.failing = true;
  const flushing = use.flush();
  use.record({ ...used, scope: 'd' });
  await flushing;
  assert.equal(use.dropped, 3, 'one of the two that came back');
  control.failing = false;
  await use.close();
  assert.equal(written[0]?.length, 2);
});

test('closing writes what came in during the last flush', async () => {
  const { use, written } = counting();
  use.record(used);
  const flushing = use.flush();
  use.record({ ...used, scope: 'late' });
  await use.close();
  await flushing;
  assert.deepEqual(
    written.flat().map((one) => one.scope),
    ['read', 'late'],
  );
});

test('a credential shows its last use', async (t) => {
  const world = await openTestClients(t);
  const { secret } = await world.clients.create({
    metadata: { client_id: 'billing', scope: 'read' },
    actor: 'cli',
  });
  const use = new CredentialUse({
    store: world.storage.credentialUses,
    clock: () => world.time.now,
    onError: (error) => assert.fail(String(error)),
  });
  const record = (): void =>
    use.record({ clientId: 'billing', credentialId: secret!.credentialId, scope: 'read' });
  record();
  await use.flush();
  world.time.now += 5000;
  record();
  await use.close();
  const client = await world.clients.read('billing');
  assert.equal(client?.credentials[0]?.lastUsedAt, startOfTime + 5000);
  const rows = await world.storage.credentialUses.ofClient('billing');
  assert.deepEqual(
    rows.map((row) => [row.credentialId, row.thumbprint, row.scope, row.lastUsedAt, row.count]),
    [[secret!.credentialId, '', 'read', startOfTime + 5000, 2]],
  );
});
