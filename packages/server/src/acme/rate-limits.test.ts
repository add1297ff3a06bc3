import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { defaultRateLimits, type RateLimitSettings } from './rate-limits.ts';
import { DirectClient } from './testing/direct-client.ts';
import { openDirectHouse } from './testing/direct-house.ts';
import { refused } from './testing/refused.ts';

const window = { count: 2, windowSeconds: 600 };

async function open(t: TestContext, limited: Partial<RateLimitSettings>) {
  const { house, serve } = await openDirectHouse(t);
  const server = serve({ rateLimits: { ...defaultRateLimits, ...limited } });
  t.after(() => server.close());
  const client = () => new DirectClient(server, 'server').open();
  return { house, client };
}

test('accounts are made from one address only so often, and found without limit', async (t) => {
  const { house, client } = await open(t, { newAccount: window });
  const known = await client();
  assert.equal((await known.register()).status, 201);
  assert.equal((await (await client()).register()).status, 201);
  const third = await client();
  house.clock.advanceSeconds(200);
  const answer = await third.register();
  refused(answer, 'rateLimited', 429);
  assert.equal(answer.headers['retry-after'], '400');
  known.kid = undefined;
  assert.equal((await known.register()).status, 200);
  house.clock.advanceSeconds(400);
  assert.equal((await third.register()).status, 201);
});

test('an account orders only so often, with or without an order before its authorization', async (t) => {
  const { house, client } = await open(t, { newOrder: window });
  const [one, other] = [await client(), await client()];
  await one.register();
  await other.register();
  const authorize = () =>
    one.post(one.directory['newAuthz']!, { identifier: { type: 'dns', value: 'b.example' } });
  assert.equal((await one.order(['a.example'])).status, 201);
  assert.equal((await authorize()).status, 201);
  refused(await one.order(['c.example']), 'rateLimited', 429);
  refused(await authorize(), 'rateLimited', 429);
  assert.equal((await other.order(['a.example'])).status, 201);
  house.clock.advanceSeconds(600);
  assert.equal((await one.order(['c.example'])).status, 201);
});

test('an identifier that failed too often is not validated again for a while', async (t) => {
  const { house, client } = await open(t, { failedValidation: window });
  const acme = await client();
  await acme.register();
  const challengeOf = async (name: string) => {
    const order = await acme.order([name]);
    const url = order.json.authorizations[0] as string;
    const { json } = await acme.post(url);
    return { url, challenge: json.challenges.find(({ type }: { type: string }) => type === 'http-01').url };
  };
  for (let failure = 0; failure < window.count; failure += 1) {
    const { url, challenge } = await challengeOf('a.example');
    assert.equal((await acme.post(challenge, {})).status, 200);
    assert.equal((await acme.settled(url)).json.status, 'invalid');
  }
  const again = await challengeOf('a.example');
  refused(await acme.post(again.challenge, {}), 'rateLimited', 429);
  assert.equal((await acme.post(again.url)).json.status, 'pending');
  assert.equal((await acme.post((await challengeOf('b.example')).challenge, {})).status, 200);
  house.clock.advanceSeconds(600);
  assert.equal((await acme.post(again.challenge, {})).status, 200);
});

test('an account has at most 300 pending authorizations', async (t) => {
  const { client } = await open(t, {});
  const acme = await client();
  await acme.register();
  const names = (from: number) => Array.from({ length: 100 }, (_, index) => `a${from + index}.example`);
  for (const from of [0, 100, 200]) assert.equal((await acme.order(names(from))).status, 201);
  const answer = await acme.order(['one-more.example']);
  refused(answer, 'rateLimited', 429);
  assert.equal(answer.headers['retry-after'], '3600');
});
