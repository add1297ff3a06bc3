import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFeedMessage } from './feed-messages.ts';
import { readLines } from './lines.ts';

test('each kind of line is read', () => {
  assert.deepEqual(
    readFeedMessage(
      '{"type":"snapshot","position":3,"entries":[{"kind":"client","id":"a","epoch":2,"expiresAt":null}],"more":true}',
    ),
    { type: 'snapshot', position: 3, entries: [{ kind: 'client', id: 'a', epoch: 2 }], more: true },
  );
  assert.deepEqual(
    readFeedMessage(
      '{"type":"change","position":4,"add":[{"kind":"token","id":"j","expiresAt":9}],"remove":[{"kind":"client","id":"a","epoch":2}]}',
    ),
    {
      type: 'change',
      position: 4,
      add: [{ kind: 'token', id: 'j', expiresAt: 9 }],
      remove: [{ kind: 'client', id: 'a', epoch: 2 }],
    },
  );
  assert.deepEqual(readFeedMessage('{"type":"change","position":4}'), {
    type: 'change',
    position: 4,
    add: [],
    remove: [],
  });
  assert.deepEqual(readFeedMessage('{"type":"heartbeat","position":4,"at":1}'), {
    type: 'heartbeat',
    position: 4,
  });
});

test('a list tells the history that its position belongs to, where there is one', () => {
  const line = { type: 'snapshot', position: 3, entries: [], more: false };
  assert.deepEqual(readFeedMessage(JSON.stringify({ ...line, history: 'h' })), { ...line, history: 'h' });
  assert.deepEqual(readFeedMessage(JSON.stringify(line)), line);
  assert.throws(() => readFeedMessage(JSON.stringify({ ...line, history: 7 })), { code: 'feed_invalid' });
});

test('a type that is not known yet is passed over', () => {
  assert.equal(readFeedMessage('{"type":"seal","anything":1}'), undefined);
});

for (const line of [
  'x',
  'null',
  '[]',
  '{}',
  '{"type":1,"position":1}',
  '{"type":"heartbeat"}',
  '{"type":"heartbeat","position":-1}',
  '{"type":"heartbeat","position":1.5}',
  '{"type":"heartbeat","position":"1"}',
  '{"type":"snapshot","position":1,"entries":[]}',
  '{"type":"snapshot","position":1,"more":false}',
  '{"type":"change","position":1,"add":{}}',
  '{"type":"change","position":1,"add":[null]}',
  '{"type":"change","position":1,"add":[{"kind":"client"}]}',
  '{"type":"change","position":1,"add":[{"kind":"client","id":""}]}',
  '{"type":"change","position":1,"add":[{"kind":"__proto__","id":"a"}]}',
  '{"type":"change","position":1,"add":[{"kind":"session","id":"a"}]}',
  '{"type":"change","position":1,"add":[{"kind":"client","id":"a","epoch":"2"}]}',
  '{"type":"change","position":1,"add":[{"kind":"client","id":"a","expiresAt":"2"}]}',
]) {
  test(`a malformed line ends the feed: ${line}`, () => {
    assert.throws(() => readFeedMessage(line), { code: 'feed_invalid' });
  });
}

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const line of lines) collected.push(line);
  return collected;
}

test('lines are put together over any cut, also inside a character', async () => {
  const bytes = Buffer.from('ä\n\nb\r\nüö\nrest');
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const lines = await collect(readLines(chunks(bytes.subarray(0, cut), bytes.subarray(cut))));
    assert.deepEqual(lines, ['ä', 'b', 'üö']);
  }
});

test('a line without end is given up', async () => {
  const mebibyte = 'x'.repeat(1_048_576);
  await assert.rejects(collect(readLines(chunks(mebibyte, mebibyte, mebibyte, mebibyte, 'x'))), {
    code: 'feed_invalid',
  });
});
