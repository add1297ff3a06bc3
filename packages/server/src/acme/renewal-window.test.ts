import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renewalWindow } from './renewal-window.ts';

const day = 86_400_000;
const issuedAt = 1_800_000_000_000;
const certificate = { notBefore: issuedAt - 3_600_000, issuedAt, notAfter: issuedAt + 90 * day };

test('a certificate is renewed in the first part of its last third', () => {
  const { start, end } = renewalWindow(certificate, undefined, issuedAt);
  assert.deepEqual([start, end], [issuedAt + 60 * day, issuedAt + 63.75 * day]);
});

for (const [when, days] of [
  ['before its time', 1],
  ['when its time has just come', 60],
  ['in the midst of its time', 61],
  ['after its time', 80],
] as const) {
  test(`one that is recalled ${when} is renewed now`, () => {
    const createdAt = issuedAt + days * day + 1;
    const { start, end } = renewalWindow(certificate, { createdAt }, createdAt);
    assert.ok(start < end && end <= createdAt);
  });
}

test('one that is revoked is renewed now, recalled or not', () => {
  const now = issuedAt + day;
  for (const recall of [undefined, { createdAt: now - 1 }]) {
    const { start, end } = renewalWindow({ ...certificate, revokedAt: now - 5 }, recall, now);
    assert.ok(start < end && end <= now);
  }
});
