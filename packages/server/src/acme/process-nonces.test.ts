import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProcessNonces } from './process-nonces.ts';

test('each nonce is good once, in whatever order they come', async () => {
  const nonces = new ProcessNonces();
  const issued = Array.from({ length: 50 }, () => nonces.issue());
  assert.equal(new Set(issued).size, 50);
  for (const nonce of issued.toReversed()) {
    assert.equal(await nonces.use(nonce), true);
    assert.equal(await nonces.use(nonce), false);
  }
});

test('what was not issued here is refused', async () => {
  const nonces = new ProcessNonces();
  const nonce = nonces.issue();
  const changed = Buffer.from(nonce, 'base64url');
  changed[5]! ^= 1;
  // The last character holds bits that stand for nothing.
  const respelt = nonce.slice(0, -1) + String.fromCharCode(nonce.charCodeAt(29) + 1);
  for (const other of [
    new ProcessNonces().issue(),
    changed.toString('base64url'),
    respelt,
    '',
    'A'.repeat(30),
    `${nonce}A`,
    `${nonce.slice(0, -1)}=`,
  ])
    assert.equal(await nonces.use(other), false, other);
  assert.equal(await nonces.use(nonce), true);
});

test('older ones than are remembered are refused, used or not, and their places serve the new ones', async () => {
  const nonces = new ProcessNonces(16);
  const [used, unused, ...rest] = Array.from({ length: 16 }, () => nonces.issue());
  assert.equal(await nonces.use(used!), true);
  const [inPlaceOfUsed, inPlaceOfUnused] = [nonces.issue(), nonces.issue()];
  assert.equal(await nonces.use(used!), false);
  assert.equal(await nonces.use(unused!), false);
  for (const nonce of [inPlaceOfUsed, inPlaceOfUnused, ...rest]) {
    assert.equal(await nonces.use(nonce), true);
    assert.equal(await nonces.use(nonce), false);
  }
});
