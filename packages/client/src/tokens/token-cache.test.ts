import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenCache } from './token-cache.ts';
import type { AccessToken, TokenTarget } from './token-request.ts';

const target: TokenTarget = { resource: undefined, scope: 'a' };

function setUp({ lifetimeMs = 300_000, random = 0 } = {}) {
  const state = { now: 0, requests: 0, failing: false, last: Promise.resolve() as Promise<unknown> };
  const cache = new TokenCache({
    clock: () => state.now,
    random: () => random,
    async request(): Promise<AccessToken> {
      state.requests += 1;
      if (state.failing) throw new Error('away');
      return { accessToken: `t${state.requests}`, scope: undefined, expiresAt: state.now + lifetimeMs };
    },
  });
  const at = async (now: number): Promise<string> => {
    state.now = now;
    const { accessToken } = await cache.get(target);
    // A renewal in the background ends in the microtasks that follow.
    await new Promise((resolve) => setImmediate(resolve));
    return accessToken;
  };
  return { cache, state, at };
}

test('a token is used until its renewal, which happens in the background', async () => {
  const { at, state } = setUp();
  assert.equal(await at(0), 't1');
  assert.equal(await at(269_999), 't1');
  assert.equal(state.requests, 1);
  assert.equal(await at(270_000), 't1');
  assert.equal(state.requests, 2);
  assert.equal(await at(270_001), 't2');
});

test('chance brings the renewal forward, by a tenth of the life at most', async () => {
  const { at, state } = setUp({ random: 0.999 });
  await at(0);
  await at(240_000);
  assert.equal(state.requests, 1);
  await at(240_100);
  assert.equal(state.requests, 2);
});

test('a long life is renewed a minute or two before its end', async () => {
  const { at, state } = setUp({ lifetimeMs: 86_400_000 });
  await at(0);
  await at(86_400_000 - 60_001);
  assert.equal(state.requests, 1);
  await at(86_400_000 - 60_000);
  assert.equal(state.requests, 2);
});

test('while the renewal fails the old token is used, with pauses between the tries, up to shortly before its end', async () => {
  const { at, state } = setUp();
  await at(0);
  state.failing = true;
  assert.equal(await at(270_000), 't1');
  assert.equal(await at(274_999), 't1');
  assert.equal(state.requests, 2);
  assert.equal(await at(275_000), 't1');
  assert.equal(state.requests, 3);
  assert.equal(await at(284_999), 't1');
  await assert.rejects(at(285_000), { message: 'away' });
  state.failing = false;
  assert.equal(await at(285_001), 't6');
});

test('a failed request leaves nothing behind', async () => {
  const { at, state } = setUp();
  state.failing = true;
  await assert.rejects(at(0));
  state.failing = false;
  assert.equal(await at(1), 't2');
});

test('a token without life serves those who wait and nobody after', async () => {
  const { cache, state } = setUp({ lifetimeMs: 0 });
  const [one, two] = await Promise.all([cache.get(target), cache.get(target)]);
  assert.equal(one, two);
  await cache.get(target);
  assert.equal(state.requests, 2);
});

test('only the token that was not accepted is discarded', async () => {
  const { cache, at, state } = setUp();
  await at(0);
  cache.discard(target, 'other');
  await at(1);
  assert.equal(state.requests, 1);
  cache.discard(target, 't1');
  assert.equal(await at(2), 't2');
});

test('it holds a thousand targets, and lets the oldest go', async () => {
  const { cache } = setUp();
  for (let index = 0; index <= 1000; index += 1)
    await cache.get({ resource: undefined, scope: String(index) });
  const targets = cache.targets();
  assert.equal(targets.length, 1000);
  assert.equal(targets[0]?.scope, '1000');
  assert.equal(targets.at(-1)?.scope, '1');
});
