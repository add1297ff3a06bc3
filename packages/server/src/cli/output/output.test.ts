import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relativeTime } from './relative-time.ts';
import { facts, table } from './table.ts';

test('columns line up, and nothing trails', () => {
  assert.equal(
    table(
      ['id', 'status'],
      [
        ['a-long-id', 'active'],
        ['b', 'suspended'],
      ],
    ),
    'ID         STATUS\na-long-id  active\nb          suspended',
  );
});

test('a name cannot move the cursor', () => {
  assert.equal(table(['n'], [['a\u001b[2Jb']]), 'N\na\uFFFD[2Jb');
});

test('a name cannot pass for another line, or turn the text around', () => {
  assert.equal(table(['n'], [['a\nb\u202ec\u2028d']]), 'N\na b\uFFFDc\uFFFDd');
  assert.equal(facts([['why', 'a\nwhat to do  b']]), 'why  a\n     what to do  b');
});

test('facts without a value are left out', () => {
  assert.equal(
    facts([
      ['a', '1'],
      ['long', undefined],
      ['bcd', '2'],
    ]),
    'a    1\nbcd  2',
  );
});

test('times are told from now', () => {
  const now = 1_700_000_000_000;
  assert.equal(relativeTime(undefined, now), 'never');
  assert.equal(relativeTime(now, now), 'now');
  assert.equal(relativeTime(now + 1000, now), 'in 1 second');
  assert.equal(relativeTime(now - 90 * 60_000, now), '1 hour ago');
  assert.equal(relativeTime(now + 90 * 86_400_000 - 1000, now), 'in 89 days');
  assert.equal(relativeTime(now + 398 * 86_400_000, now), 'in 398 days');
  assert.equal(relativeTime(now + 3650 * 86_400_000, now), 'in 10 years');
});
