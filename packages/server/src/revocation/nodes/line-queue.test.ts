import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { LineQueue } from './line-queue.ts';
import { lineWriter } from './line-writer.ts';

function open(write: (line: string) => boolean | Promise<unknown>, first: string[] = []) {
  const state = { now: 0, ended: [] as string[] };
  const queue = new LineQueue({
    write,
    first,
    limits: { lines: 3, characters: 100 },
    clock: () => state.now,
    ended: (reason) => state.ended.push(reason),
  });
  return { queue, state };
}

test('lines go out at once and in order, the first ones before all others', () => {
  const lines: string[] = [];
  const { queue } = open((line) => lines.push(line) > 0, ['s1', 's2']);
  queue.push('a');
  queue.push('b');
  assert.deepEqual(lines, ['s1', 's2', 'a', 'b']);
  assert.equal(queue.idle, true);
});

test('while the reader is full, lines wait, and go on when it has room', async () => {
  const lines: string[] = [];
  let room = Promise.withResolvers<void>();
  const { queue, state } = open((line) => {
    lines.push(line);
    return room.promise;
  });
  queue.push('a');
  queue.push('b');
  queue.push('c');
  state.now = 250;
  assert.deepEqual(lines, ['a']);
  assert.equal(queue.blockedMs(), 250);
  assert.equal(queue.idle, false);
  const first = room;
  room = Promise.withResolvers();
  room.resolve();
  first.resolve();
  await settled();
  assert.deepEqual(lines, ['a', 'b', 'c']);
  assert.equal(queue.blockedMs(), 0);
  assert.equal(queue.idle, true);
});

test('the first lines are made one by one as the reader takes them', async () => {
  let made = 0;
  function* many(): Generator<string> {
    for (;;) {
      made += 1;
      yield `s${made}`;
    }
  }
  const room = Promise.withResolvers<void>();
  const queue = new LineQueue({
    write: () => room.promise,
    first: many(),
    limits: { lines: 3, characters: 100 },
    clock: () => 0,
    ended: () => {},
  });
  queue.run();
  await settled();
  assert.equal(made, 1);
});

test('a reader that lets too many lines or too many characters wait has lost', () => {
  const never = new Promise<void>(() => {});
  for (const pushed of [
    ['0', '1', '2', '3', '4'],
    ['0', 'x'.repeat(101)],
  ]) {
    const { queue, state } = open(() => never);
    for (const line of pushed) queue.push(line);
    assert.deepEqual(state.ended, ['too_slow']);
    queue.push('more');
    assert.deepEqual(state.ended, ['too_slow']);
  }
});

test('a reader that goes away ends the queue once, however it says so', async () => {
  for (const write of [
    () => false,
    () => Promise.reject(new Error('gone')),
    () => {
      throw new Error('gone');
    },
  ]) {
    const { queue, state } = open(write);
    queue.push('a');
    await settled();
    queue.push('b');
    assert.deepEqual(state.ended, ['reader_gone']);
  }
});

test('a stopped queue writes nothing more', async () => {
  const lines: string[] = [];
  const room = Promise.withResolvers<void>();
  const { queue, state } = open((line) => {
    lines.push(line);
    return room.promise;
  });
  queue.push('a');
  queue.push('b');
  queue.stop();
  room.resolve();
  await settled();
  assert.deepEqual(lines, ['a']);
  assert.deepEqual(state.ended, []);
});

test('a stream that is full is waited for, and a destroyed one is gone', async () => {
  const stream = new PassThrough({ highWaterMark: 4 });
  const write = lineWriter(stream);
  assert.equal(write('ab'), true);
  const full = write('cdefgh');
  assert.ok(full instanceof Promise);
  assert.equal(stream.listenerCount('drain'), 1);
  stream.resume();
  await full;
  assert.equal(stream.listenerCount('drain'), 0);
  const again = write('0123456789');
  assert.ok(again instanceof Promise);
  stream.destroy();
  await assert.rejects(again);
  assert.equal(write('a'), false);
  if (!stream.closed) await once(stream, 'close');
});

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

test('one that finishes takes no more, and ends when the reader has taken what waited', async () => {
  const lines: string[] = [];
  const room = Promise.withResolvers<void>();
  const { queue, state } = open(
    (line) => {
      lines.push(line);
      return line === 's1' ? room.promise : true;
    },
    ['s1', 's2'],
  );
  queue.push('a');
  queue.finish(() => state.ended.push('finished'));
  queue.push('b');
  assert.deepEqual([lines, state.ended], [['s1'], []]);
  room.resolve();
  await settled();
  assert.deepEqual([lines, state.ended], [['s1', 's2', 'a'], ['finished']]);
});

test('one that has nothing to send finishes at once', () => {
  const { queue, state } = open(() => true);
  queue.run();
  queue.finish(() => state.ended.push('finished'));
  assert.deepEqual(state.ended, ['finished']);
});
