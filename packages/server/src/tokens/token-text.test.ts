import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodedText, quoted, quotedList } from './token-text.ts';

const text = fc.string({ unit: 'binary', maxLength: 600 });

test('property: text is quoted as JSON.stringify does, the first time and when it is remembered', () => {
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 4 }), (one, list) => {
      for (let time = 0; time < 2; time++) {
        assert.equal(quoted(one), JSON.stringify(one));
        assert.equal(quotedList(list), JSON.stringify(list));
      }
    }),
  );
});

test('what is remembered stays right when there is more than fits', () => {
  for (let i = 0; i < 45_000; i++) assert.equal(quoted(`client-${i}`), `"client-${i}"`);
  assert.equal(quoted('client-0'), '"client-0"');
});

test('property: text is encoded as its UTF-8, however long it is', () => {
  fc.assert(
    fc.property(text, fc.nat({ max: 9_000 }), (one, times) => {
      const long = one + '\u20ac'.repeat(times);
      assert.equal(encodedText(long), Buffer.from(long).toString('base64url'));
    }),
  );
});
