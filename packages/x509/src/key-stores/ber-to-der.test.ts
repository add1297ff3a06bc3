import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { X509Error } from '../errors.ts';
import { berToDer } from './ber-to-der.ts';
import { testStore } from './testing/test-stores.ts';
import { toBer } from './testing/to-ber.ts';

describe('berToDer', () => {
  it('leaves DER as it is', () => {
    const { bytes } = testStore('modern.p12');
    assert.deepEqual(berToDer(bytes, ''), bytes);
  });

  it('takes indefinite lengths and strings in pieces back', () => {
    const { bytes } = testStore('modern.p12');
    const ber = toBer(bytes);
    assert.notDeepEqual(ber, bytes);
    assert.deepEqual(berToDer(ber, ''), bytes);
    assert.equal(berToDer(Buffer.from('3084000000020500', 'hex'), '').toString('hex'), '30020500');
  });

  for (const [what, hex, code] of [
    ['nothing', '', 'der_truncated'],
    ['an indefinite length without an end', '3080 0500', 'der_truncated'],
    ['an indefinite length of a primitive', '0480 0000', 'der_unexpected_tag'],
    ['content past the end', '3005 0500', 'der_truncated'],
    ['a length of 7 octets', '3087 00000000000000', 'der_too_large'],
    ['trailing data', '3000 00', 'der_trailing_data'],
    ['a string in pieces that are no strings', '2480 300402010000 0000', 'der_unexpected_tag'],
    ['endless nesting', '3080'.repeat(1000), 'der_too_deep'],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => berToDer(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 'x'), { code });
    });
  }

  it('joins strings under an implicit tag, if there are several', () => {
    for (const [ber, der] of [
      ['a080 0401aa 24800401bb04000000 0000', '8002aabb'],
      ['a080 0401aa 0000', 'a0030401aa'],
      ['a080 0401aa 020100 0000', 'a0060401aa020100'],
    ] as const) {
      assert.equal(berToDer(Buffer.from(ber.replaceAll(' ', ''), 'hex'), '').toString('hex'), der);
    }
  });

  it('makes long content whole, in however many pieces it comes', () => {
    const pieces = Buffer.alloc(3 * 400_000, Buffer.from('0401aa', 'hex'));
    const ber = Buffer.concat([Buffer.from('30802480', 'hex'), pieces, Buffer.alloc(4)]);
    const expected = Buffer.concat([Buffer.from('3083061a850483061a80', 'hex'), Buffer.alloc(400_000, 0xaa)]);
    assert.ok(berToDer(ber, '').equals(expected));
  });

  it('answers any octets with DER or an X509Error', () => {
    const octet = fc.oneof(fc.constantFrom(0x30, 0x24, 0x80, 0, 0x04, 0x81), fc.nat(255));
    fc.assert(
      fc.property(fc.array(octet, { maxLength: 60 }), (octets) => {
        try {
          const der = berToDer(Buffer.from(octets), '');
          assert.deepEqual(berToDer(der, ''), der);
        } catch (error) {
          assert.ok(error instanceof X509Error);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
