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
    ['endless nesting', '3080'.repeat(1000), 'der_too_deep'],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => berToDer(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 'x'), { code });
    });
  }

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
