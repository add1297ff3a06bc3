import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearerError } from './challenge.ts';

const headers: [string | null, string | undefined][] = [
  [null, undefined],
  ['', undefined],
  ['Bearer', undefined],
  ['Bearer realm="x"', undefined],
  ['Bearer error="invalid_token"', 'invalid_token'],
  ['bearer ERROR = invalid_token', 'invalid_token'],
  ['Bearer realm="a, error=\\"no\\"", error="invalid_token", scope="b"', 'invalid_token'],
  ['Basic realm="error", error="invalid_token"', undefined],
  ['Basic realm="x", Bearer error="invalid_token"', 'invalid_token'],
  ['Bearer realm="x", DPoP error="invalid_token"', undefined],
  ['Bearer error="in\\valid"', 'invalid'],
  ['Bearer error="unfinished', undefined],
];
for (const [header, expected] of headers) {
  test(`the error of ${JSON.stringify(header)} is ${expected}`, () =>
    assert.equal(bearerError(header), expected));
}

test('hostile headers of the longest length that HTTP takes are read at once', () => {
  for (const header of [
    `Bearer ${'a='.repeat(8000)}"${'\\'.repeat(8000)}`,
    `${'a'.repeat(16_000)}@`,
    `Bearer ${'a=b '.repeat(4000)}@`,
    `${'\t'.repeat(16_000)}`,
    `Bearer error="${'\\a'.repeat(8000)}`,
  ]) {
    assert.equal(bearerError(header), undefined);
  }
});
