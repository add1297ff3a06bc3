import assert from 'node:assert/strict';
import { ClientError, type ClientErrorCode } from '../index.ts';

/** For `assert.throws` and `assert.rejects`: a ClientError of this code, and of this member if one is given. */
export function refusal(code: ClientErrorCode, member?: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof ClientError, String(error));
    assert.deepEqual(
      [error.code, member === undefined ? undefined : error.member],
      [code, member],
      error.message,
    );
    return true;
  };
}
