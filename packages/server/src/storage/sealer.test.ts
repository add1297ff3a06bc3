import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSealer } from './sealer.ts';

const sealer = createSealer(Buffer.alloc(32, 1));

test('what is sealed opens under the same master key, for the same purpose', () => {
  for (const size of [0, 1, 16, 5_000]) {
    const bytes = Buffer.alloc(size, 9);
    assert.deepEqual(createSealer(Buffer.alloc(32, 1)).open('keys', sealer.seal('keys', bytes)), bytes);
  }
});

test('sealing the same twice gives different bytes, in which the text does not stand', () => {
  const text = Buffer.from('a private key in the clear');
  const sealed = sealer.seal('keys', text);
  assert.notDeepEqual(sealer.seal('keys', text), sealed);
  assert.equal(sealed.includes('private'), false);
});

test('another purpose, another master key, a changed or a cut byte: corrupt', () => {
  const sealed = sealer.seal('keys', Buffer.from('text'));
  const corrupt = { name: 'StorageError', code: 'corrupt' };
  assert.throws(() => sealer.open('secrets', sealed), corrupt);
  assert.throws(() => createSealer(Buffer.alloc(32, 2)).open('keys', sealed), corrupt);
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] as number) ^ 1;
    assert.throws(() => sealer.open('keys', changed), corrupt);
    assert.throws(() => sealer.open('keys', sealed.subarray(0, index)), corrupt);
  }
});
