import assert from 'node:assert/strict';
import { test } from 'node:test';
import { by, openRevocation } from './testing/open-revocation.ts';

test('a revoked signing key is denied, and another signs in its place', async (t) => {
  const { revocation, signingKeys } = await openRevocation(t);
  const { kid } = signingKeys.current('ES256')!;
  await revocation.revokeKey(kid, by);
  assert.ok(revocation.denylist.denies({ keyId: kid }));
  assert.notEqual(signingKeys.current('ES256')?.kid, kid);
  await assert.rejects(revocation.revokeKey('none', by), { code: 'key_unknown' });
});
