import assert from 'node:assert/strict';
import { test } from 'node:test';

const entries: [string, string][] = [
  ['index.js', './index.ts'],
  ['node-http.js', './adapters/node-http.ts'],
  ['express.js', './adapters/express.ts'],
  ['fastify.js', './adapters/fastify.ts'],
  ['hono.js', './adapters/hono.ts'],
];
for (const [entry, source] of entries) {
  test(`${entry}, the entry for plain imports, exports every name of its source and no other`, async () => {
    const plain = (await import(new URL(`../${entry}`, import.meta.url).href)) as object;
    const written = (await import(source)) as object;
    assert.deepEqual(Object.keys(plain).sort(), Object.keys(written).sort());
    assert.ok(Object.values(plain).every((value) => value !== undefined));
  });
}
