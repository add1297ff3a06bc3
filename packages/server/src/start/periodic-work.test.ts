import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeriodicWork } from './periodic-work.ts';

test('work is begun at once where that is asked for, and what fails is logged', async () => {
  const logged: string[] = [];
  const work = new PeriodicWork({ error: (_fields, message) => logged.push(message) });
  const begun: string[] = [];
  work.every(3600, 'waiting', async () => begun.push('waiting'));
  work.every(3600, 'taking up', async () => begun.push('taking up'), 'at once');
  work.every(3600, 'failing', () => Promise.reject(new Error('no')), 'at once');
  await work.close();
  assert.deepEqual(begun, ['taking up']);
  assert.deepEqual(logged, ['failing failed']);
});
