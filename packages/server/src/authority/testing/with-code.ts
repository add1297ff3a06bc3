import assert from 'node:assert/strict';
import { AuthorityError } from '../authority-error.ts';

/** For `assert.rejects`: an AuthorityError with this code. */
export function withCode(code: AuthorityError['code']) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof AuthorityError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}
