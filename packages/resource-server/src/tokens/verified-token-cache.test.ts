import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VerifiedTokenCache } from './verified-token-cache.ts';

test('it never holds more than its bound', () => {
  for (const bound of [2, 3, 10, 11]) {
    const cache = new VerifiedTokenCache<number>(bound);
    for (let index = 0; index < 100; index += 1) {
      cache.set(String(index), index);
      cache.get(String(index % 7));
      assert.ok(cache.size <= bound, `${cache.size} of ${bound}`);
    }
  }
});

test('what is used stays while what is not leaves', () => {
  const cache = new VerifiedTokenCache<number>(10);
  cache.set('used', 1);
  cache.set('unused', 2);
  for (let index = 0; index < 100; index += 1) {
    cache.set(String(index), index);
    assert.equal(cache.get('used'), 1);
  }
  assert.equal(cache.get('unused'), undefined);
});

test('what is deleted is gone from both generations', () => {
  const cache = new VerifiedTokenCache<number>(4);
  cache.set('a', 1);
  cache.set('b', 2);
  cache.set('c', 3);
  cache.delete('a');
  cache.delete('c');
  assert.equal(cache.get('a'), undefined);
  assert.equal(cache.get('c'), undefined);
  assert.equal(cache.get('b'), 2);
  cache.clear();
  assert.equal(cache.size, 0);
});

test('a bound of nothing keeps nothing', () => {
  const cache = new VerifiedTokenCache<number>(0);
  cache.set('a', 1);
  assert.equal(cache.get('a'), undefined);
});
