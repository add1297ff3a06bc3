import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderedSerialNumber } from './serial-number.ts';

test('a serial number has 16 octets, is positive, and rises with the time', () => {
  const times = [0, 1, 1_700_000_000_000, 1_700_000_000_000.75, 1_700_000_000_001, 4_000_000_000_000];
  const numbers = times.map(orderedSerialNumber);
  for (const number of numbers) {
    assert.equal(number.length, 16);
    assert.equal(number[0]! & 0xc0, 0x40);
  }
  const prefixes = numbers.map((number) => number.subarray(0, 6).toString('hex'));
  assert.deepEqual(prefixes, [...prefixes].sort());
  assert.equal(new Set(prefixes).size, times.length - 1);
});

test('80 bits are left to chance', () => {
  const now = Date.now();
  const seen = new Set<string>();
  let ones = Buffer.alloc(10);
  let zeros = Buffer.alloc(10, 0xff);
  for (let count = 0; count < 1000; count += 1) {
    const rest = orderedSerialNumber(now).subarray(6);
    seen.add(rest.toString('hex'));
    ones = Buffer.from(ones.map((octet, index) => octet | rest[index]!));
    zeros = Buffer.from(zeros.map((octet, index) => octet & rest[index]!));
  }
  assert.equal(seen.size, 1000);
  assert.equal(ones.toString('hex'), 'ff'.repeat(10));
  assert.equal(zeros.toString('hex'), '00'.repeat(10));
});
