import assert from 'node:assert/strict';
import type { HttpsAnswer } from '../../invariants/testing/https-request.ts';

/** An answer of RFC 6749 §5.2: its status, its code, its characters, and headers that go with it. */
export function assertOAuthError(answer: HttpsAnswer, status: number, error: string, what = ''): void {
  assert.equal(answer.status, status, `${what}: ${answer.status} ${answer.text}`);
  const { error: code, error_description: description, ...rest } = answer.body;
  assert.equal(code, error, what);
  assert.match(String(description), /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, what);
  assert.deepEqual(rest, {}, what);
  assert.equal(answer.headers['content-type'], 'application/json', what);
  assert.equal(answer.headers['cache-control'], 'no-store', what);
}
