import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatIp, parseIp } from './ip-address.ts';

describe('parseIp and formatIp', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['1.2.3.4', '1.2.3.4'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['[2001:DB8::1]', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0db8:0000:0001:0000:0000:0000:0001', '2001:db8:0:1::1'],
    ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
    ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['fe80:0:0:0:0:0:0:0', 'fe80::'],
  ];
  for (const [text, canonical] of forms) {
    it(`reads ${text}`, () => {
      const bytes = parseIp(text);
      assert.ok(bytes);
      assert.equal(formatIp(bytes), canonical);
    });
  }

  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    '1.2.3.4 ',
    '0x1.2.3.4',
    ':',
    ':::',
    '1:2',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    'fe80::1%eth0',
    '::1.2.3',
    '1:2:3:4:5:6:7:1.2.3.4',
    '1.2.3.4::',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
    '::1:2:3:4:5:6:7:8',
    '[1.2.3.4]',
    'g::',
    '::1.2.3.4.5',
    '1:2:3:4:5:6:7:8.2.3.4',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseIp(text), undefined));
  }

  it('agrees with node:net on any mixture of digits, colons and dots', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('0', '1', 'f', ':', ':', '.', '25'), maxLength: 24 }),
        (text) => {
          assert.equal(parseIp(text) !== undefined, isIP(text) !== 0, text);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('gives every address back', () => {
    const octets = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(fc.property(octets, (bytes) => assert.deepEqual(parseIp(formatIp(bytes)), Buffer.from(bytes))));
    assert.throws(() => formatIp(Buffer.alloc(5)), RangeError);
  });
});
