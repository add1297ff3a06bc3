import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryMarginSeconds } from '../entry-lifetimes.ts';
import { by, openRevocation } from '../testing/open-revocation.ts';

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
