import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EnrolmentAdministration } from './enrolment-administration.ts';
import { DirectClient } from './testing/direct-client.ts';
import { openDirectHouse } from './testing/direct-house.ts';
import { refused } from './testing/refused.ts';

test('what an account has begun is not gone on with once an administrator deactivates it', async (t) => {
  const { house, answers, serve } = await openDirectHouse(t);
  const { acme: records, acmeAdministration: store } = house.storage;
  const administration = new EnrolmentAdministration({
    store,
    records,
    issuer: 'https://a.example',
    clock: house.clock.read,
  });
  const first = serve();
  const client = await new DirectClient(first, 'server').open();
  await client.register();
  const order = await client.order(['a.example']);
  const id = String(order.json.authorizations[0]).split('/').at(-1)!;
  // The process ends right after the client said that it is ready.
  await first.close();
  const [found] = await records.findAuthorizations([id]);
  const challenges = found!.challenges.map((one) =>
    one.type === 'http-01' ? { ...one, status: 'processing' as const } : one,
  );
  const authorization = { ...found!, challenges, attemptDueAt: house.clock.now, revision: 2 };
  await records.changeAuthorization({ authorization, expectedRevision: 1 }, []);
  const { token } = challenges.find(({ type }) => type === 'http-01')!;
  answers.set(token, `${token}.${client.thumbprint}`);
  assert.deepEqual(await records.dueAuthorizations(house.clock.now, 5), [id]);

  const account = String(client.kid).split('/').at(-1)!;
  const by = { actor: 'cli' } as const;
  assert.equal(await administration.deactivateAccount(account, by), 'done');
  assert.equal(await administration.deactivateAccount(account, by), 'already');
  assert.equal(await administration.deactivateAccount('nobody', by), 'unknown');
  const next = serve();
  await next.sweep();
  await next.close();
  const [after] = await records.findAuthorizations([id]);
  assert.deepEqual([after?.status, after?.attempts], ['pending', 0]);
  refused(await client.post(String(order.headers['location'])), 'unauthorized', 401);
});
