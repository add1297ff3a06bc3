import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuthorityError } from '../authority-error.ts';
import { makeOfflineRoot } from '../offline/offline-root.ts';
import { openHouse, startOfTime } from '../testing/open-house.ts';

const actor = 'client:admin';
const name = 'partners';

async function offline(): Promise<object> {
  const { certificate } = await makeOfflineRoot({ name, keyType: 'ec-p256', now: startOfTime });
  return { offlineRoot: certificate.toPem() };
}

const online = (): Promise<object> => Promise.resolve({});
const limited = (): Promise<object> => Promise.resolve({ profiles: ['server'] });

for (const [what, one, other] of [
  ['a root kept here', online, online],
  ['a root kept here and rules', limited, limited],
  ['a root kept offline', offline, offline],
  ['one of each', online, offline],
] as const) {
  test(`of two that make an authority of one name in one process at once, with ${what}, one does, and the other is told`, async (t) => {
    const { authority } = await openHouse(t);
    const asked = [await one(), await other()];
    const outcomes = await Promise.allSettled(
      asked.map((more) => authority.administration.create({ name, ...more, actor })),
    );
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    assert.equal(refused.length, 1);
    assert.ok(refused[0] instanceof AuthorityError, String(refused[0]));
    assert.match(refused[0].code, /^(contended|authority_exists)$/);
    const roots = authority.list().filter((record) => record.name === name && record.kind === 'root');
    assert.equal(roots.length, 1);
  });
}
