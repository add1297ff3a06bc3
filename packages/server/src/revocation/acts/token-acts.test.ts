import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryMarginSeconds } from '../entry-lifetimes.ts';
import { by, openRevocation } from '../testing/open-revocation.ts';
import { mostEntriesOfClient } from './token-acts.ts';

test('a revoked token is dead, others of the client live, and the entry ends with the token', async (t) => {
  const house = await openRevocation(t);
  const { revocation, clock } = house;
  const token = { tokenId: 'jti-1', clientId: 'client-one', expiresAt: clock.now + 60_000 };
  const outcome = await revocation.revokeToken(token, { actor: 'client:client-one' });
  assert.ok(outcome.changed);
  assert.equal(outcome.event.act, 'token.revoked');
  const { denylist } = revocation;
  assert.ok(denylist.denies({ clientId: 'client-one', epoch: 1, tokenId: 'jti-1' }));
  assert.equal(denylist.denies({ clientId: 'client-one', epoch: 1, tokenId: 'jti-2' }), undefined);
  assert.deepEqual(await revocation.revokeToken(token, by), { changed: false });
  clock.now = token.expiresAt + entryMarginSeconds * 1000 + 1;
  await revocation.prune();
  assert.equal(denylist.size, 0);
  assert.deepEqual(await revocation.revokeToken(token, by), { changed: false });
  assert.deepEqual(await house.stored(), []);
});

test('a client that revokes tokens without end is told to wait until some have expired, and no other client', async (t) => {
  const { revocation, clock } = await openRevocation(t);
  const expiresAt = clock.now + 60_000;
  const filling = Array.from({ length: mostEntriesOfClient - 1 }, (_, index) => ({
    kind: 'token' as const,
    id: `filling-${index}`,
    expiresAt,
  }));
  revocation.follower.rows.apply({ add: filling }, 'client-one');
  const last = { tokenId: 'last', clientId: 'client-one', expiresAt };
  assert.equal((await revocation.revokeToken(last, by)).changed, true);
  const beyond = { tokenId: 'beyond', clientId: 'client-one', expiresAt: expiresAt + 3_600_000 };
  await assert.rejects(revocation.revokeToken(beyond, by), { code: 'limit_reached' });
  assert.equal((await revocation.revokeToken(last, by)).changed, false);
  assert.equal((await revocation.revokeToken({ ...beyond, clientId: 'client-two' }, by)).changed, true);
  clock.now = expiresAt;
  await revocation.prune();
  assert.equal((await revocation.revokeToken({ ...beyond, tokenId: 'later' }, by)).changed, true);
});
