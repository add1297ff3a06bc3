import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeStream } from './node-stream.ts';

const node = {
  clientId: 'server-one',
  credentialId: 'cred_1',
  x5t: 'x5t',
  resources: ['https://one.example'],
  validUntil: Number.MAX_SAFE_INTEGER,
};

function firstLines(position: number, highest: number): unknown[] {
  const lines: unknown[] = [];
  new NodeStream({
    node,
    requested: undefined,
    resources: new Set(),
    write: (line) => lines.push(JSON.parse(line)) > 0,
    limits: { lines: 10, characters: 1000 },
    clock: () => 0,
    position,
    highest,
    entries: [{ kind: 'token', id: 'jti' }],
    history: undefined,
    trust: undefined,
  }).start();
  return lines;
}

test('a list that holds acts beyond its position says so, so that no server which lacks them takes them back', () => {
  const entries = [{ kind: 'token', id: 'jti' }];
  const snapshot = { type: 'snapshot', position: 4, entries, more: false };
  assert.deepEqual(firstLines(4, 6), [snapshot, { type: 'change', position: 6, add: [], remove: [] }]);
  assert.deepEqual(firstLines(4, 4), [snapshot]);
});
