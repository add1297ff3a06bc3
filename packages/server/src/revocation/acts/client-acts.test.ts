import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryMarginSeconds } from '../entry-lifetimes.ts';
import { apiOne, by, openRevocation, tokenLifetimeSeconds } from '../testing/open-revocation.ts';

const tokensEndAfterMs = (tokenLifetimeSeconds + entryMarginSeconds) * 1000;

test('a suspended client is denied with any epoch and without a token', async (t) => {
  const { revocation, clients, stored, inMemory } = await openRevocation(t);
  const { denylist } = revocation;
  assert.equal(denylist.denies({ clientId: 'client-one', epoch: 1 }), undefined);
  const outcome = await revocation.suspendClient('client-one', {
    actor: 'client:admin',
    reason: 'lost laptop',
  });
  assert.ok(outcome.changed);
  assert.equal(outcome.event.act, 'client.suspended');
  assert.deepEqual(outcome.event.data, { epoch: 2, reason: 'lost laptop' });
  assert.equal((await clients.find('client-one'))?.status, 'suspended');
  for (const epoch of [1, 2, 3, undefined]) assert.ok(denylist.denies({ clientId: 'client-one', epoch }));
  assert.equal(denylist.denies({ clientId: 'client-two', epoch: 1 }), undefined);
  assert.deepEqual(await stored(), inMemory());
});

test('after resuming, old tokens stay dead and new ones live', async (t) => {
  const { revocation, clients, stored, inMemory } = await openRevocation(t);
  await revocation.suspendClient('client-one', by);
  const outcome = await revocation.resumeClient('client-one', by);
  assert.ok(outcome.changed);
  assert.equal(outcome.event.act, 'client.resumed');
  const client = await clients.find('client-one');
  assert.equal(client?.status, 'active');
  assert.equal(client?.epoch, 2);
  const { denylist } = revocation;
  assert.ok(denylist.denies({ clientId: 'client-one', epoch: 1 }));
  assert.equal(denylist.denies({ clientId: 'client-one', epoch: 2 }), undefined);
  assert.equal(denylist.denies({ clientId: 'client-one' }), undefined);
  assert.deepEqual(await stored(), inMemory());
});

test('each suspension kills the tokens from before it', async (t) => {
  const { revocation } = await openRevocation(t);
  for (const epoch of [2, 3, 4]) {
    await revocation.suspendClient('client-one', by);
    await revocation.resumeClient('client-one', by);
    assert.ok(revocation.denylist.denies({ clientId: 'client-one', epoch: epoch - 1 }));
    assert.equal(revocation.denylist.denies({ clientId: 'client-one', epoch }), undefined);
  }
});

test('the epoch wears off when the last token of a lower one has, suspension itself never', async (t) => {
  const { revocation, clock, stored, inMemory } = await openRevocation(t);
  const { denylist } = revocation;
  await revocation.suspendClient('client-one', by);
  await revocation.suspendClient('client-two', by);
  await revocation.resumeClient('client-one', by);
  clock.now += tokensEndAfterMs - 1;
  await revocation.prune();
  assert.ok(denylist.denies({ clientId: 'client-one', epoch: 1 }));
  clock.now += 2;
  await revocation.prune();
  assert.equal(denylist.denies({ clientId: 'client-one', epoch: 1 }), undefined);
  assert.ok(denylist.denies({ clientId: 'client-two' }));
  assert.equal(denylist.size, 1);
  assert.deepEqual(await stored(), inMemory());
});

test('suspending the suspended and resuming the active changes nothing', async (t) => {
  const { revocation, events } = await openRevocation(t);
  assert.deepEqual(await revocation.resumeClient('client-one', by), { changed: false });
  await revocation.suspendClient('client-one', by);
  const before = await events();
  assert.deepEqual(await revocation.suspendClient('client-one', by), { changed: false });
  assert.deepEqual(await events(), before);
});

test('a revoked client loses its credentials, certificates and tokens in one act', async (t) => {
  const house = await openRevocation(t);
  const { revocation, authority, storage, clock } = house;
  const first = await authority.issue({ profile: 'client', clientId: 'client-one', actor: 'cli' });
  const second = await authority.issue({ profile: 'client', clientId: 'client-one', actor: 'cli' });
  const other = await authority.issue({ profile: 'client', clientId: 'client-two', actor: 'cli' });
  const before = (await house.events()).length;
  const outcome = await revocation.revokeClient('client-one', by);
  assert.ok(outcome.changed);
  assert.equal((await house.events()).length, before + 1);
  const { denylist } = revocation;
  assert.ok(denylist.denies({ clientId: 'client-one', epoch: 99 }));
  assert.ok(denylist.denies({ clientId: 'client-one' }));
  for (const { certificate } of [first, second]) {
    assert.ok(denylist.denies({ certificates: [certificate.thumbprint] }));
    assert.equal((await authority.findCertificate(certificate.fingerprint256))?.revokedAt, clock.now);
    const registered = await storage.clients.findByCertificate(certificate.thumbprint);
    assert.equal(registered?.credential.revokedAt, clock.now);
  }
  assert.equal(denylist.denies({ certificates: [other.certificate.thumbprint] }), undefined);
  assert.deepEqual(await house.stored(), house.inMemory());
});

test('a client that was revoked stays so', async (t) => {
  const { revocation, clients } = await openRevocation(t);
  await revocation.suspendClient('client-one', by);
  assert.ok((await revocation.revokeClient('client-one', by)).changed);
  assert.deepEqual(await revocation.revokeClient('client-one', by), { changed: false });
  await assert.rejects(revocation.resumeClient('client-one', by), { code: 'client_revoked' });
  await assert.rejects(revocation.suspendClient('client-one', by), { code: 'client_revoked' });
  assert.equal((await clients.find('client-one'))?.status, 'revoked');
});

test('a revoked client that may have certificates is denied for ever, one without until its tokens end', async (t) => {
  const { revocation, client, clock } = await openRevocation(t);
  await client({ client_id: 'by-secret', scope: 'one:read', resources: [apiOne] });
  await revocation.revokeClient('by-secret', by);
  await revocation.revokeClient('client-one', by);
  clock.now += tokensEndAfterMs + 1;
  await revocation.prune();
  assert.equal(revocation.denylist.denies({ clientId: 'by-secret' }), undefined);
  assert.ok(revocation.denylist.denies({ clientId: 'client-one' }));
});

test('nobody of that name is suspended, resumed or revoked', async (t) => {
  const { revocation } = await openRevocation(t);
  for (const act of ['suspendClient', 'resumeClient', 'revokeClient'] as const) {
    await assert.rejects(revocation[act]('nobody', by), { code: 'client_unknown' });
  }
});

test('acts on one client at the same time each take effect or find it done', async (t) => {
  const house = await openRevocation(t);
  const { revocation, clients } = house;
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => revocation.suspendClient('client-one', by)));
  assert.equal(outcomes.filter(({ changed }) => changed).length, 1);
  assert.equal((await clients.find('client-one'))?.epoch, 2);
  await Promise.allSettled([
    revocation.resumeClient('client-one', by),
    revocation.revokeClient('client-one', by),
    revocation.suspendClient('client-one', by),
  ]);
  assert.equal((await clients.find('client-one'))?.status, 'revoked');
  assert.ok(revocation.denylist.denies({ clientId: 'client-one' }));
  assert.deepEqual(await house.stored(), house.inMemory());
});
