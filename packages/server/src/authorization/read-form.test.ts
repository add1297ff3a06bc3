import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readForm } from './read-form.ts';
import { Refused } from './refusal.ts';

const read = (text: string) => readForm(Buffer.from(text, 'latin1'));

describe('forms that were read before', () => {
  const usual =
    'grant_type=client_credentials&client_id=billing&scope=orders%3Aread&resource=https%3A%2F%2Fapi.example';

  test('the same text is read once, and another text by itself', () => {
    const form = read(usual);
    assert.ok(!(form instanceof Refused));
    assert.equal(form.scope, 'orders:read');
    assert.equal(read(usual), form);
    const other = read(usual.replace('read', 'write'));
    assert.ok(!(other instanceof Refused));
    assert.deepEqual(other, { ...form, scope: 'orders:write' });
  });

  for (const [what, more] of [
    ['a secret', '&client_secret=mrt_x'],
    ['an assertion', '&client_assertion=a.b.c'],
    ['a token', '&token=a.b.c'],
    ['a parameter that is unknown here', '&password=x'],
    ['more than 256 characters', `&scope=${'a'.repeat(256)}`],
  ] as const) {
    test(`one with ${what} is not remembered`, () => {
      const text = more.includes('scope') ? usual.replace(/&scope=[^&]*/, more) : usual + more;
      const form = read(text);
      assert.ok(!(form instanceof Refused));
      assert.notEqual(read(text), form);
      assert.deepEqual(read(text), form);
    });
  }

  test('what is refused is refused again', () => {
    for (let time = 0; time < 2; time++) {
      const refused = read('scope=a&scope=b');
      assert.ok(refused instanceof Refused);
      assert.equal(refused.reason.code, 'parameter_repeated');
    }
  });
});
