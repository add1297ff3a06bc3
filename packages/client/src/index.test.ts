import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as source from './index.ts';

test('the entry for plain imports exports every name of the source, and no other', async () => {
  const plain = (await import(new URL('../index.js', import.meta.url).href)) as object;
  assert.deepEqual(Object.keys(plain).sort(), Object.keys(source).sort());
  assert.ok(Object.values(plain).every((value) => value !== undefined));
});
