import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { prepareString } from './string-preparation.ts';

describe('prepareString (RFC 4518)', () => {
  const same: readonly (readonly [string, string, string])[] = [
    ['letters of either case', 'Example CA', 'eXAMPLE ca'],
    ['runs of spaces', 'a  b', ' a b   '],
    ['other spaces and line breaks', 'a\tb\nc', 'a\u00a0b\u2003c'],
    ['soft hyphens and joiners', 'co\u00adop\u200d', 'coop'],
    ['compatibility characters', '\ufb01sh \u2460', 'fish 1'],
    ['composed and decomposed accents', '\u00e9', 'e\u0301'],
    ['sharp s', 'Straße', 'STRASSE'],
    ['final sigma', 'ΟΔΟΣ', 'οδος'],
    ['full-width forms', 'ＡＢＣ', 'abc'],
    ['empty and blank', '', '   '],
  ];
  for (const [what, left, right] of same) {
    it(`makes ${what} the same`, () => assert.equal(prepareString(left), prepareString(right)));
  }

  const different: readonly (readonly [string, string, string])[] = [
    ['a space and none', 'a b', 'ab'],
    ['the dotless i and i', 'ı', 'i'],
    ['an accent and none', 'é', 'e'],
    ['a Cyrillic and a Latin a', 'а', 'a'],
    ['a space with an accent and an accent alone', 'a \u0301', 'a\u0301'],
  ];
  for (const [what, left, right] of different) {
    it(`keeps ${what} apart`, () => assert.notEqual(prepareString(left), prepareString(right)));
  }

  it('refuses private use, non-characters and the replacement character', () => {
    for (const text of ['\ue000', '\ufffd', '\ufdd0', '\u{1fffe}', '\u{10fffd}']) {
      assert.equal(prepareString(`a${text}`), undefined);
    }
  });

  it('refuses runs of combining marks that would take the square of their length', () => {
    const run = '\u0315\u0300'.repeat(250_000);
    assert.equal(prepareString(`a${run}`), undefined);
    assert.equal(prepareString(`a${'\u0315\u00ad\uff9e'.repeat(40)}`), undefined);
    assert.notEqual(prepareString(`a${'\u0315\u0300'.repeat(15)}`), undefined);
  });

  it('is idempotent, and never leaves a line break or a tab', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = prepareString(text);
        if (once === undefined) return;
        assert.ok(!/[\n\t]/.test(once));
        assert.equal(prepareString(text.toUpperCase()), prepareString(text.toUpperCase().toLowerCase()));
      }),
    );
  });
});
