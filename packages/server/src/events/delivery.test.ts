import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Delivery } from './delivery.ts';
import type { Event } from './event.ts';

const event = (sequence: number): Event => ({
  sequence,
  at: 0,
  actor: 'cli',
  act: 'x.done',
  object: { kind: 'client', id: 'a' },
});

function delivery(start = { highest: 0, gaps: [] as number[] }) {
  const seen: number[] = [];
  const failures: unknown[] = [];
  const made = new Delivery(start, (subscriber, { sequence }, error) =>
    failures.push([subscriber, sequence, error]),
  );
  made.subscribe('test', ({ sequence }) => seen.push(sequence));
  return { made, seen, failures };
}

test('a number that is missing holds back the position, not the events after it', () => {
  const { made, seen } = delivery();
  for (const sequence of [1, 3, 4, 7]) made.deliver(event(sequence));
  assert.deepEqual(seen, [1, 3, 4, 7]);
  assert.deepEqual([made.position, made.highest, [...made.gaps]], [1, 7, [2, 5, 6]]);
  made.deliver(event(2));
  assert.deepEqual([made.position, seen.at(-1)], [4, 2]);
  made.closeGap(6);
  assert.equal(made.position, 4);
  made.closeGap(5);
  assert.equal(made.position, 7);
  made.closeGap(5);
  made.deliver(event(6));
  assert.deepEqual(seen, [1, 3, 4, 7, 2]);
});

test('an event is delivered once', () => {
  const { made, seen } = delivery({ highest: 5, gaps: [3] });
  for (const sequence of [1, 3, 3, 5, 6, 6]) made.deliver(event(sequence));
  assert.deepEqual(seen, [3, 6]);
  assert.equal(made.position, 6);
});

test('waiting ends with the delivery, at once for what was there, and when a gap is final', async () => {
  const { made } = delivery({ highest: 5, gaps: [3] });
  await made.delivered(2);
  const order: number[] = [];
  const waits = [7, 3, 6].map((sequence) => made.delivered(sequence).then(() => order.push(sequence)));
  made.deliver(event(7));
  made.closeGap(3);
  made.deliver(event(6));
  await Promise.all(waits);
  assert.deepEqual(order, [7, 3, 6]);
});

test('waiting ends when nothing more will be delivered', async () => {
  const { made, seen } = delivery({ highest: 5, gaps: [3] });
  const waits = [made.delivered(3), made.delivered(8)];
  made.end();
  await Promise.all([...waits, made.delivered(9)]);
  assert.deepEqual([seen, made.position], [[], 2]);
});

test('the position counts the event that a handler is given', () => {
  const { made } = delivery();
  let position = -1;
  made.subscribe('reader', () => {
    position = made.position;
  });
  made.deliver(event(1));
  assert.equal(position, 1);
});

test('a handler that throws is reported, and the next is called', () => {
  const failures: unknown[] = [];
  const made = new Delivery({ highest: 0, gaps: [] }, (...failure) => failures.push(failure));
  const broken = new Error('broken');
  made.subscribe('broken', () => {
    throw broken;
  });
  const seen: number[] = [];
  const stop = made.subscribe('whole', ({ sequence }) => seen.push(sequence));
  made.deliver(event(1));
  stop();
  made.deliver(event(2));
  assert.deepEqual(seen, [1]);
  assert.deepEqual(failures[0], ['broken', event(1), broken]);
});
