import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DerReader } from './der-reader.ts';
import { type DerWriter, encodeDer } from './der-writer.ts';
import { TAG } from './tags.ts';

function hex(body: (writer: DerWriter) => void): string {
  return encodeDer(body, 1).toString('hex');
}

describe('DerWriter', () => {
  it('writes integers minimally, of either sign', () => {
    for (const [value, expected] of [
      [0, '020100'],
      [127, '02017f'],
      [128, '02020080'],
      [256, '02020100'],
      [-1, '0201ff'],
      [-128, '020180'],
      [-129, '0202ff7f'],
      [2 ** 40, '0206010000000000'],
      [-(2n ** 64n), '0209ff0000000000000000'],
    ] as const) {
      assert.equal(
        hex((writer) => writer.integer(value)),
        expected,
      );
    }
    assert.equal(
      hex((writer) => writer.integer(Buffer.of(0, 0, 0x80))),
      '02020080',
    );
    assert.equal(
      hex((writer) => writer.integer(Buffer.alloc(0))),
      '020100',
    );
    assert.throws(() => hex((writer) => writer.integer(0.5)), { code: 'der_value_invalid' });
    assert.throws(() => hex((writer) => writer.integer(2 ** 60)), { code: 'der_value_invalid' });
  });

  it('writes named bits without trailing zeros', () => {
    assert.equal(
      hex((writer) => writer.namedBits([0])),
      '03020780',
    );
    assert.equal(
      hex((writer) => writer.namedBits([5, 6])),
      '03020106',
    );
    assert.equal(
      hex((writer) => writer.namedBits([8])),
      '0303070080',
    );
    assert.equal(
      hex((writer) => writer.namedBits([7])),
      '03020001',
    );
    assert.equal(
      hex((writer) => writer.namedBits([])),
      '030100',
    );
  });

  it('sorts a SET OF', () => {
    assert.equal(
      hex((writer) => writer.setOf([Buffer.of(2, 1, 2), Buffer.of(2, 1, 1)])),
      '3106020101020102',
    );
  });

  it('nests values of every length so that they are read back', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(70_000), { minLength: 1, maxLength: 4 }), (lengths) => {
        let der = encodeDer((writer) => {
          const write = (index: number): void => {
            if (index === lengths.length) return;
            writer.sequence(() => {
              writer.octetString(Buffer.alloc(lengths[index]!, index));
              write(index + 1);
              writer.integer(index);
            });
          };
          write(0);
        }, 16);
        for (let index = 0; index < lengths.length; index++) {
          const outer = new DerReader(der, '');
          const sequence = outer.sequence();
          outer.end();
          assert.equal(sequence.octetString().length, lengths[index]);
          der = index + 1 < lengths.length ? sequence.element('', TAG.sequence) : der;
          assert.equal(sequence.smallInteger(), index);
          sequence.end();
        }
      }),
      { numRuns: 50 },
    );
  });
});
