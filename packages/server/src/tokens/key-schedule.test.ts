import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  currentKey,
  defaultRotation,
  keyMarginSeconds,
  newestKey,
  retirableKeys,
  successorActivatesAt,
  waitingKeys,
} from './key-schedule.ts';
import type { SigningKeyRecord } from './signing-key-record.ts';

const day = 86_400_000;

function key(kid: string, activatesAt: number, ends: Partial<SigningKeyRecord> = {}): SigningKeyRecord {
  return { kid, algorithm: 'ES256', publicJwk: {}, createdAt: 0, activatesAt, ...ends };
}

test('the latest activated key signs, from the very millisecond', () => {
  const keys = [key('b', 100), key('a', 0), key('c', 200)];
  assert.equal(currentKey(keys, 'ES256', -1), undefined);
  assert.equal(currentKey(keys, 'ES256', 0)?.kid, 'a');
  assert.equal(currentKey(keys, 'ES256', 99)?.kid, 'a');
  assert.equal(currentKey(keys, 'ES256', 100)?.kid, 'b');
  assert.equal(currentKey(keys, 'ES256', 1e9)?.kid, 'c');
  assert.equal(currentKey(keys, 'EdDSA', 1e9), undefined);
  assert.deepEqual(
    waitingKeys(keys, 'ES256', 50).map((one) => one.kid),
    ['b', 'c'],
  );
});

test('two keys that activate at once are told apart the same way on every node', () => {
  const keys = [key('z', 0), key('a', 0)];
  assert.equal(currentKey(keys, 'ES256', 1)?.kid, 'z');
  assert.equal(currentKey([...keys].reverse(), 'ES256', 1)?.kid, 'z');
});

test('revoked and retired keys do not sign, but count as the newest', () => {
  const keys = [key('a', 0), key('b', 1, { revokedAt: 2 }), key('c', 2, { retiredAt: 3 })];
  assert.equal(currentKey(keys, 'ES256', 10)?.kid, 'a');
  assert.equal(newestKey(keys, 'ES256')?.kid, 'c');
  assert.equal(newestKey(keys, 'RS256'), undefined);
});

test('a successor is due one lead before the key has signed for its time', () => {
  const keys = [key('a', 0)];
  const due = 29 * day;
  assert.equal(successorActivatesAt(keys, 'ES256', defaultRotation, due - 1), undefined);
  assert.equal(successorActivatesAt(keys, 'ES256', defaultRotation, due), 30 * day);
  assert.equal(successorActivatesAt([...keys, key('b', 30 * day)], 'ES256', defaultRotation, due), undefined);
  assert.equal(successorActivatesAt([], 'ES256', defaultRotation, due), undefined);
});

test('a schedule that was missed still publishes for the whole lead first', () => {
  assert.equal(successorActivatesAt([key('a', 0)], 'ES256', defaultRotation, 100 * day), 101 * day);
});

test('a key retires when the longest token that it can have signed has expired', () => {
  const keys = [key('a', 0), key('b', 1000), key('other', 0, { algorithm: 'RS256' })];
  const end = 1000 + (3600 + keyMarginSeconds) * 1000;
  assert.deepEqual(retirableKeys(keys, 3600, end - 1), []);
  assert.deepEqual(
    retirableKeys(keys, 3600, end).map((one) => one.kid),
    ['a'],
  );
  assert.deepEqual(retirableKeys([key('a', 0), key('b', 1000, { revokedAt: 5 })], 3600, end * 2), []);
});
