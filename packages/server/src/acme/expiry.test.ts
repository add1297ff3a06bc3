import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DirectClient } from './testing/direct-client.ts';
import { openDirectHouse } from './testing/direct-house.ts';
import { csrFor } from './testing/open-acme.ts';
import { refused } from './testing/refused.ts';

const day = 86_400;

test('an order waits a week, is then invalid, and forgotten a day later with what it waited for', async (t) => {
  const { house, serve } = await openDirectHouse(t);
  const server = serve();
  t.after(() => server.close());
  const client = await new DirectClient(server, 'server').open();
  await client.register();
  const order = await client.order(['a.example']);
  const url = String(order.headers['location']);
  const authorization = order.json.authorizations[0] as string;
  house.clock.advanceSeconds(7 * day - 1);
  assert.equal((await client.post(url)).json.status, 'pending');
  house.clock.advanceSeconds(1);
  const over = await client.post(url);
  assert.equal(over.json.status, 'invalid');
  assert.equal(over.json.error.detail, 'The order has expired.');
  assert.equal((await client.post(authorization)).json.status, 'invalid');
  refused(await client.post(order.json.finalize, { csr: await csrFor(['a.example']) }), 'orderNotReady', 403);
  const before = house.clock.now;
  assert.equal(await house.storage.acme.deleteExpired(before), 0);
  house.clock.advanceSeconds(day);
  assert.equal(await house.storage.acme.deleteExpired(before + 1), 2);
  refused(await client.post(url), 'malformed', 404);
  refused(await client.post(authorization), 'malformed', 404);
  assert.equal((await client.post(client.kid!)).status, 200);
});

test('a certificate outlasts its order and the proof for it, which is good for thirty days', async (t) => {
  const { house, answers, serve } = await openDirectHouse(t);
  const server = serve();
  t.after(() => server.close());
  const client = await new DirectClient(server, 'server').open();
  await client.register();
  const order = await client.order(['a.example']);
  const authorization = order.json.authorizations[0] as string;
  const { json } = await client.post(authorization);
  const challenge = json.challenges.find(({ type }: { type: string }) => type === 'http-01');
  answers.set(challenge.token, `${challenge.token}.${client.thumbprint}`);
  await client.post(challenge.url, {});
  assert.equal((await client.settled(authorization)).json.status, 'valid');
  const done = await client.post(order.json.finalize, { csr: await csrFor(['a.example']) });
  assert.equal(done.json.status, 'valid', done.text);
  house.clock.advanceSeconds(30 * day - 1);
  assert.equal((await client.order(['a.example'])).json.status, 'ready');
  house.clock.advanceSeconds(1);
  assert.equal((await client.post(authorization)).json.status, 'expired');
  assert.equal((await client.order(['a.example'])).json.status, 'pending');
  house.clock.advanceSeconds(day);
  await house.storage.acme.deleteExpired(house.clock.now);
  refused(await client.post(authorization), 'malformed', 404);
  assert.equal((await client.post(String(order.headers['location']))).json.status, 'valid');
  assert.equal((await client.post(done.json.certificate)).status, 200);
});

test('a key for an account waits no longer than it was made for', async (t) => {
  const { house, serve } = await openDirectHouse(t);
  const server = serve();
  t.after(() => server.close());
  await house.client({ client_id: 'late', token_endpoint_auth_method: 'tls_client_auth' });
  const options = { clientId: 'late', profile: 'client', lifetimeSeconds: 600, actor: 'cli' } as const;
  const { kid, hmacKey, expiresAt } = await server.addExternalAccountKey(options);
  assert.equal(expiresAt, house.clock.now + 600_000);
  const client = await new DirectClient(server, 'client').open();
  house.clock.advanceSeconds(600);
  refused(
    await client.register({ externalAccountBinding: client.binding(kid, hmacKey) }),
    'unauthorized',
    403,
  );
  await house.storage.acme.deleteExpired(house.clock.now + 1);
  assert.equal(await house.storage.acme.findExternalKey(kid), undefined);
});

test('authorizations whose time was over while they were tried hold up no others', async (t) => {
  const { house, answers, serve } = await openDirectHouse(t);
  const store = house.storage.acme;
  const client = await new DirectClient(serve(), 'server').open();
  await client.register();
  const names = Array.from({ length: 100 }, (_, index) => `h${index}.example`);
  const tried = async (name: string) => {
    const order = await client.order([name]);
    const url = order.json.authorizations[0] as string;
    const id = url.split('/').at(-1)!;
    const [found] = await store.findAuthorizations([id]);
    const challenges = found!.challenges.map((one) =>
      one.type === 'http-01' ? { ...one, status: 'processing' as const } : one,
    );
    // As a process leaves it that ends right after the client said that it is ready.
    const authorization = { ...found!, challenges, attemptDueAt: house.clock.now, revision: 2 };
    assert.equal(await store.changeAuthorization({ authorization, expectedRevision: 1 }, []), true);
    return { url, token: challenges.find(({ type }) => type === 'http-01')!.token };
  };
  for (const name of names) await tried(name);
  house.clock.advanceSeconds(7 * day);
  const { url, token } = await tried('late.example');
  answers.set(token, `${token}.${client.thumbprint}`);
  const next = serve();
  t.after(() => next.close());
  await next.sweep();
  assert.equal((await client.settled(url)).json.status, 'valid');
});
