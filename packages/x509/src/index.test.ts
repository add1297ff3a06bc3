import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { it } from 'node:test';
import * as source from './index.ts';

it('the entry for plain imports exports every name of the source, and no other', async () => {
  const entry = new URL('../index.js', import.meta.url);
  assert.ok(existsSync(entry));
  const plain = (await import(entry.href)) as Record<string, unknown>;
  assert.deepEqual(Object.keys(plain).sort(), Object.keys(source).sort());
  assert.equal(typeof plain['Certificate'], 'function');
});
