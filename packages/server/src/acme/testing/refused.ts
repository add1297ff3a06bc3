import assert from 'node:assert/strict';
import type { Answer } from './acme-client.ts';

/** That the answer is this problem (RFC 8555 §6.7), as it has to be written. */
export function refused(answer: Answer, type: string, status = 400): void {
  assert.equal(answer.json.type, `urn:ietf:params:acme:error:${type}`, answer.text);
  assert.equal(answer.status, status);
  assert.equal(answer.json.status, status);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  assert.equal('subproblems' in answer.json, false);
}
