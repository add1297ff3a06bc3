import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryMarginSeconds } from '../entry-lifetimes.ts';
import { by, openRevocation } from '../testing/open-revocation.ts';

test('a revoked authority takes those under it along, and their certificates', async (t) => {
  const { revocation, authority } = await openRevocation(t);
  const [root, intermediate] = authority.list();
  const { record } = await authority.issue({ profile: 'client', clientId: 'client-one', actor: 'cli' });
  const outcome = await revocation.revokeAuthority(root!.id, { ...by, reason: 'lost' });
  assert.ok(outcome.changed);
  assert.equal(outcome.event.act, 'authority.revoked');
  for (const id of [root!.id, intermediate!.id])
    assert.ok(revocation.denylist.denies({ authorityIds: [id] }));
  assert.equal(record.authorityId, intermediate!.id);
  assert.deepEqual(authority.anchors(), []);
  assert.deepEqual(await revocation.revokeAuthority(root!.id, by), { changed: false });
  assert.deepEqual(await revocation.revokeAuthority(intermediate!.id, by), { changed: false });
  await assert.rejects(revocation.revokeAuthority('auth_none', by), { code: 'authority_unknown' });
});

test('several are revoked in one act, so that nobody hears of one alone', async (t) => {
  const { revocation, authority } = await openRevocation(t);
  const [, first] = authority.list();
  const second = await authority.createIntermediate({ actor: 'cli' });
  const outcome = await revocation.revokeAuthority([first!.id, second.id], by);
  assert.ok(outcome.changed);
  assert.deepEqual(outcome.event.data?.['authorities'], [first!.id, second.id]);
  assert.deepEqual(
    outcome.event.denylist?.add?.map(({ id }) => id),
    [first!.id, second.id],
  );
  assert.deepEqual(await revocation.revokeAuthority([first!.id, second.id], by), { changed: false });
  await assert.rejects(revocation.revokeAuthority([first!.id, 'auth_none'], by), {
    code: 'authority_unknown',
  });
});

test('a revoked intermediate leaves its root and its siblings', async (t) => {
  const { revocation, authority } = await openRevocation(t);
  const [root, first] = authority.list();
  const second = await authority.createIntermediate({ actor: 'cli' });
  await revocation.revokeAuthority(first!.id, by);
  assert.equal(revocation.denylist.denies({ authorityIds: [root!.id, second.id] }), undefined);
  assert.deepEqual(
    authority.anchors().map(({ id }) => id),
    [second.id],
  );
});

test('an authority is denied until its certificate has expired', async (t) => {
  const { revocation, authority, clock } = await openRevocation(t);
  const [, intermediate] = authority.list();
  await revocation.revokeAuthority(intermediate!.id, by);
  clock.now = intermediate!.notAfter;
  await revocation.prune();
  assert.equal(revocation.denylist.size, 1);
  clock.now = intermediate!.notAfter + entryMarginSeconds * 1000 + 1;
  await revocation.prune();
  assert.equal(revocation.denylist.size, 0);
});
