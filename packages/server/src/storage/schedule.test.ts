import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Schedule } from './schedule.ts';

const never = 2 ** 30;

test('what is asked for at once is done one after another', async () => {
  let atOnce = 0;
  let most = 0;
  let count = 0;
  const schedule = new Schedule(
    never,
    async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resume) => setImmediate(resume));
      atOnce -= 1;
      count += 1;
    },
    () => {},
  );
  await Promise.all([schedule.now(), schedule.now(), schedule.now()]);
  assert.deepEqual([count, most], [3, 1]);
  await schedule.stop();
});

test('a failure goes to whoever asked, and the next is done all the same', async () => {
  let count = 0;
  const schedule = new Schedule(
    never,
    async () => {
      count += 1;
      if (count === 1) throw new Error('once');
    },
    () => {},
  );
  const outcomes = await Promise.allSettled([schedule.now(), schedule.now()]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  );
  await schedule.stop();
});

test('it comes round by itself, reports what fails then, and stops', async () => {
  const failed = Promise.withResolvers<unknown>();
  let count = 0;
  const twice = Promise.withResolvers<void>();
  const schedule = new Schedule(
    1,
    async () => {
      count += 1;
      if (count === 1) throw new Error('first');
      twice.resolve();
    },
    failed.resolve,
  );
  // The schedule alone keeps no process alive.
  const alive = setInterval(() => {}, never);
  assert.equal(((await failed.promise) as Error).message, 'first');
  await twice.promise;
  await schedule.stop();
  const stopped = count;
  await new Promise((resume) => setImmediate(resume));
  assert.equal(count, stopped);
  clearInterval(alive);
});
