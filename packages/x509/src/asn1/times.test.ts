import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TAG } from './tags.ts';
import { decodeTime, encodeTime } from './times.ts';

function decode(text: string): number {
  const bytes = Buffer.from(text, 'latin1');
  return decodeTime(bytes, bytes.length >= 15 ? TAG.generalizedTime : TAG.utcTime, 0, bytes.length, 'time');
}

describe('times (RFC 5280 §4.1.2.5)', () => {
  for (const [text, iso] of [
    ['500101000000Z', '1950-01-01T00:00:00Z'],
    ['991231235959Z', '1999-12-31T23:59:59Z'],
    ['000229000000Z', '2000-02-29T00:00:00Z'],
    ['491231235959Z', '2049-12-31T23:59:59Z'],
    ['20500101000000Z', '2050-01-01T00:00:00Z'],
    ['99991231235959Z', '9999-12-31T23:59:59Z'],
    ['00000101000000Z', '0000-01-01T00:00:00Z'],
    ['19691231235959Z', '1969-12-31T23:59:59Z'],
    ['20240229235959Z', '2024-02-29T23:59:59Z'],
  ] as const) {
    it(`reads ${text}`, () => assert.equal(decode(text), Date.parse(iso)));
  }

  for (const text of [
    '2501010000Z',
    '250101000000',
    '250101000000+0000',
    '250101000000-0500',
    '2501010000000Z',
    '250101000000z',
    '25010100000 Z',
    '250229000000Z',
    '250001000000Z',
    '251301000000Z',
    '250100000000Z',
    '250132000000Z',
    '250431000000Z',
    '250101240000Z',
    '250101006000Z',
    '250101000060Z',
    '20250101000000',
    '2025010100Z',
    '20250101000000.5Z',
    '20250101000000+0100',
    '20250230000000Z',
    '19000229000000Z',
    '',
    '2x0101000000Z',
    '-50101000000Z',
    '2501010000.0Z',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => decode(text), { code: 'time_invalid' }));
  }

  it('reads back every second that it writes, and agrees with Date', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }), (seconds) => {
        const { tag, text } = encodeTime(seconds * 1000 + 999);
        const year = new Date(seconds * 1000).getUTCFullYear();
        assert.equal(tag, year >= 1950 && year < 2050 ? TAG.utcTime : TAG.generalizedTime);
        assert.equal(decode(text), seconds * 1000);
        assert.equal(decode(encodeTime(seconds * 1000, 'generalized').text), seconds * 1000);
      }),
    );
  });

  it('refuses to write what has no form', () => {
    for (const time of [Number.NaN, Number.POSITIVE_INFINITY, 253_402_300_800_000, -62_167_219_200_001]) {
      assert.throws(() => encodeTime(time), { code: 'time_invalid' });
    }
  });
});
