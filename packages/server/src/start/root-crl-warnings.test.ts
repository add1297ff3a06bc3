import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withOfflineRoot } from '../revocation/publishing/testing/with-offline-root.ts';
import { by } from '../revocation/testing/open-revocation.ts';
import { warnOfDueCrls } from './root-crl-warnings.ts';

const dayMs = 86_400_000;

test('the log is told of a CRL that has to be signed: none, too little on it, or its last quarter', async (t) => {
  const house = await withOfflineRoot(t);
  const told = async (): Promise<string[]> => {
    const states: string[] = [];
    await warnOfDueCrls(house.rootCrls, {
      warn: (fields) => states.push((fields as { state: string }).state),
    });
    return states;
  };
  assert.deepEqual(await told(), ['none']);
  await house.importCrl(await house.signCrl({ lifetimeSeconds: 4 * 86_400 }));
  assert.deepEqual(await told(), []);
  house.clock.now += 3 * dayMs + 1000;
  assert.deepEqual(await told(), ['current']);
  await house.importCrl(await house.signCrl());
  assert.deepEqual(await told(), []);
  await house.revocation.revokeAuthority(house.intermediate.record.id, by);
  assert.deepEqual(await told(), ['incomplete']);
});
