import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceServerEvent } from '../events.ts';
import { createTestKey } from '../testing/tokens.ts';
import { RemoteKeys } from './remote-keys.ts';

const k1 = createTestKey('k1');
const k2 = createTestKey('k2');

function setUp() {
  const time = { ms: 0 };
  const state = { fetches: 0, published: [k1.jwk] as unknown, failing: false };
  const log: ResourceServerEvent[] = [];
  const keys = new RemoteKeys({
    fetchKeys: async () => {
      state.fetches += 1;
      if (state.failing) throw new Error('away');
      return { keys: state.published };
    },
    issuer: 'https://issuer.example',
    refreshAfterMs: 300_000,
    cooldownMs: 30_000,
    log: (event) => log.push(event),
    monotonicClock: () => time.ms,
  });
  return { keys, time, state, log };
}

test('the set is fetched once for many that wait', async () => {
  const { keys, state } = setUp();
  assert.equal(keys.available, false);
  assert.equal(keys.find('k1', 'ES256'), undefined);
  await Promise.all([keys.refresh(), keys.refresh(), keys.refresh()]);
  assert.equal(state.fetches, 1);
  assert.equal(keys.available, true);
  assert.equal(keys.find('k1', 'ES256')?.keyId, 'k1');
});

test('an unknown kid fetches again, but not during the cool-down', async () => {
  const { keys, time, state } = setUp();
  await keys.refresh();
  state.published = [k1.jwk, k2.jwk];
  time.ms = 29_999;
  assert.equal(keys.refresh(), undefined);
  assert.equal(keys.find('k2', 'ES256'), undefined);
  time.ms = 30_000;
  await keys.refresh();
  assert.equal(keys.find('k2', 'ES256')?.keyId, 'k2');
  assert.equal(state.fetches, 2);
  assert.equal(keys.refresh(), undefined);
});

test('the successor of a revoked key is fetched during the cool-down, once, and after what is on its way', async () => {
  const { keys, state } = setUp();
  const first = keys.refresh();
  state.published = [k2.jwk];
  keys.revoked('k1');
  await first;
  await keys.refresh();
  assert.equal(keys.find('k1', 'ES256'), undefined);
  assert.equal(keys.find('k2', 'ES256')?.keyId, 'k2');
  assert.equal(state.fetches, 2);
  keys.revoked('k1');
  keys.revoked('never seen');
  await keys.close();
  assert.equal(state.fetches, 2);
});

test('the last good set stays in use while the issuer is away', async () => {
  const { keys, time, state, log } = setUp();
  await keys.refresh();
  state.failing = true;
  time.ms = 3_000_000;
  await keys.refresh();
  assert.equal(keys.available, true);
  assert.equal(keys.find('k1', 'ES256')?.withdrawn, false);
  assert.equal(log.at(-1)?.type, 'keys_fetch_failed');
});

test('after a failure it tries again sooner than the cool-down', async () => {
  const { keys, time, state } = setUp();
  state.failing = true;
  await keys.refresh();
  time.ms = 999;
  assert.equal(keys.refresh(), undefined);
  time.ms = 1000;
  state.failing = false;
  await keys.refresh();
  assert.equal(keys.available, true);
});

test('an old set is read again in the background, and meanwhile used', async () => {
  const { keys, time, state } = setUp();
  await keys.refresh();
  time.ms = 299_999;
  keys.keepFresh();
  assert.equal(state.fetches, 1);
  time.ms = 300_000;
  keys.keepFresh();
  assert.equal(keys.find('k1', 'ES256')?.keyId, 'k1');
  await keys.refresh();
  assert.equal(state.fetches, 2);
});

test('an unchanged key stays the same object; one that is published no more is withdrawn', async () => {
  const { keys, time, state } = setUp();
  await keys.refresh();
  const first = keys.find('k1', 'ES256');
  state.published = [k2.jwk, k1.jwk];
  time.ms += 30_000;
  await keys.refresh();
  assert.equal(keys.find('k1', 'ES256'), first);
  state.published = [{ ...k2.jwk, kid: 'k1' }];
  time.ms += 30_000;
  await keys.refresh();
  assert.equal(first?.withdrawn, true);
  assert.notEqual(keys.find('k1', 'ES256'), first);
});

const malformed: [string, unknown][] = [
  ['no list', undefined],
  ['too many keys', Array.from({ length: 201 }, () => k1.jwk)],
];
for (const [what, published] of malformed) {
  test(`a set with ${what} is not taken over`, async () => {
    const { keys, time, state, log } = setUp();
    await keys.refresh();
    state.published = published;
    time.ms = 30_000;
    await keys.refresh();
    assert.equal(keys.find('k1', 'ES256')?.withdrawn, false);
    const last = log.at(-1);
    assert.equal(
      last?.type === 'keys_fetch_failed' && (last.error as { code?: string }).code,
      'server_response_invalid',
    );
  });
}

test('what is no signature key is passed over', async () => {
  const { keys, state } = setUp();
  state.published = [null, 1, {}, { kty: 'oct', kid: 'k1', k: 'AAAA' }, { kty: 'EC', kid: 'x' }, k1.jwk];
  await keys.refresh();
  assert.equal(keys.find('k1', 'ES256')?.keyId, 'k1');
  assert.equal(keys.find('x', 'ES256'), undefined);
});

test('nothing is fetched after closing', async () => {
  const { keys, state } = setUp();
  await keys.close();
  assert.equal(keys.refresh(), undefined);
  assert.equal(state.fetches, 0);
});
