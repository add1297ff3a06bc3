import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { X509Error } from '../errors.ts';
import { DerReader, MAX_DEPTH } from './der-reader.ts';
import { encodeDer } from './der-writer.ts';
import { TAG } from './tags.ts';

function reader(hex: string): DerReader {
  return new DerReader(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 'value');
}

type Read = (reader: DerReader) => unknown;

describe('DerReader', () => {
  const refused: readonly (readonly [string, string, Read, string])[] = [
    ['nothing', '', (r) => r.any(), 'der_truncated'],
    ['a tag without a length', '30', (r) => r.any(), 'der_truncated'],
    ['an indefinite length', '3080 0500 0000', (r) => r.sequence(), 'der_not_canonical'],
    ['a long form for a short length', '04 81 01 61', (r) => r.octetString(), 'der_not_canonical'],
    [
      'a length with a leading zero',
      `04 82 0080 ${'00'.repeat(128)}`,
      (r) => r.octetString(),
      'der_not_canonical',
    ],
    ['a length that is cut off', '04 82 01', (r) => r.octetString(), 'der_truncated'],
    ['a length of five octets', '04 85 0100000000', (r) => r.octetString(), 'der_too_large'],
    ['a length of 127 octets', '04 ff', (r) => r.octetString(), 'der_too_large'],
    ['content past the end', '04 05 61', (r) => r.octetString(), 'der_truncated'],
    ['a length of almost 4 GiB', '04 84 ffffffff 00', (r) => r.octetString(), 'der_truncated'],
    ['a high tag number', '1f 81 01 00', (r) => r.any(), 'der_unexpected_tag'],
    ['an end-of-contents tag', '0000', (r) => r.any(), 'der_unexpected_tag'],
    ['another tag', '0500', (r) => r.integer(), 'der_unexpected_tag'],
    ['a constructed octet string', '24 03 040161', (r) => r.octetString(), 'der_unexpected_tag'],
    [
      'trailing data',
      '0500 00',
      (r) => {
        r.null();
        r.end();
      },
      'der_trailing_data',
    ],
    ['an empty INTEGER', '0200', (r) => r.integer(), 'der_value_invalid'],
    ['an INTEGER padded with 00', '0202 007f', (r) => r.integer(), 'der_not_canonical'],
    ['an INTEGER padded with ff', '0202 ff80', (r) => r.integer(), 'der_not_canonical'],
    ['a negative number where none is due', '0201 ff', (r) => r.smallInteger(), 'der_value_invalid'],
    ['a number above the maximum', '0201 06', (r) => r.smallInteger('', 5), 'der_value_invalid'],
    ['a number of 8 octets', '0208 0100000000000000', (r) => r.smallInteger(), 'der_value_invalid'],
    ['a BOOLEAN of 01', '0101 01', (r) => r.boolean(), 'der_not_canonical'],
    ['a BOOLEAN of two octets', '0102 ffff', (r) => r.boolean(), 'der_value_invalid'],
    ['an empty BOOLEAN', '0100', (r) => r.boolean(), 'der_value_invalid'],
    ['a NULL with content', '0501 00', (r) => r.null(), 'der_value_invalid'],
    ['an empty BIT STRING', '0300', (r) => r.bitString(), 'der_value_invalid'],
    ['8 unused bits', '0302 08 00', (r) => r.bitString(), 'der_value_invalid'],
    ['unused bits of no octet', '0301 01', (r) => r.bitString(), 'der_value_invalid'],
    ['unused bits that are set', '0302 01 81', (r) => r.bitString(), 'der_not_canonical'],
    ['half an octet', '0302 04 f0', (r) => r.wholeBitString(), 'der_value_invalid'],
    ['an empty OBJECT IDENTIFIER', '0600', (r) => r.oid(), 'der_value_invalid'],
    ['a padded arc', '0602 8001', (r) => r.oid(), 'der_not_canonical'],
    ['an arc that is cut off', '0602 2a81', (r) => r.oid(), 'der_truncated'],
    ['an OBJECT IDENTIFIER of 200 octets', `0681c8 ${'01'.repeat(200)}`, (r) => r.oid(), 'der_too_large'],
    ['UTF-8 that is none', '0c02 c328', (r) => r.string(), 'string_invalid'],
    ['UTF-8 that is over-long', '0c02 c080', (r) => r.string(), 'string_invalid'],
    ['a surrogate in UTF-8', '0c03 eda080', (r) => r.string(), 'string_invalid'],
    ['a BMPString of three octets', '1e03 006100', (r) => r.string(), 'string_invalid'],
    ['a lone surrogate in a BMPString', '1e02 d800', (r) => r.string(), 'string_invalid'],
    ['a UniversalString of three octets', '1c03 000061', (r) => r.string(), 'string_invalid'],
    ['a UniversalString past Unicode', '1c04 00110000', (r) => r.string(), 'string_invalid'],
    ['a PrintableString above ASCII', '1301 e9', (r) => r.string(), 'string_invalid'],
    ['an IA5String above ASCII', '1601 80', (r) => r.string(), 'string_invalid'],
    ['a string of another type', '1b01 61', (r) => r.string(), 'der_unexpected_tag'],
  ];
  for (const [what, hex, read, code] of refused) {
    it(`refuses ${what}`, () =>
      assert.throws(
        () => read(reader(hex)),
        (error: X509Error) => error instanceof X509Error && error.code === code,
      ));
  }

  it('reads each type', () => {
    assert.equal(reader('0101ff').boolean(), true);
    assert.equal(reader('010100').boolean(), false);
    assert.equal(reader('02020080').smallInteger(), 128);
    assert.deepEqual(reader('0202ff7f').integer(), Buffer.of(0xff, 0x7f));
    assert.equal(reader('0a0105').enumerated(), 5);
    assert.equal(reader('06032a8648').oid(), '1.2.840');
    assert.deepEqual(reader('03020780').bitString(), { bytes: Buffer.of(0x80), unusedBits: 7 });
    assert.deepEqual(reader('030100').bitString(), { bytes: Buffer.alloc(0), unusedBits: 0 });
    assert.equal(reader('1c080001f600000000e9').string(), '\u{1f600}é');
    assert.equal(reader('1e04d83dde00').string(), '\u{1f600}');
    assert.equal(reader('1402e961').string(), 'éa');
    assert.equal(reader('170d3235303130313030303030305a').time(), Date.UTC(2025, 0, 1));
  });

  it('says where and at which offset', () => {
    const outer = reader('3008 0500 3004 0101ff 05');
    const sequence = outer.sequence('outer');
    sequence.null();
    const inner = sequence.sequence('inner');
    inner.boolean('flag');
    assert.throws(() => inner.integer('number'), {
      where: 'value.outer.inner.number',
      offset: 9,
      message: /^value\.outer\.inner\.number: /,
    });
  });

  it('stops at the depth limit', () => {
    let der: Buffer = Buffer.alloc(0);
    for (let i = 0; i < MAX_DEPTH + 1; i++) der = encodeDer((writer) => writer.primitive(TAG.sequence, der));
    const descend = (): void => {
      let current = new DerReader(der, '');
      while (!current.done) current = current.sequence();
    };
    assert.throws(descend, { code: 'der_too_deep' });
  });

  it('keeps a child within its parent', () => {
    const outer = reader('3003 0403 61 626364');
    const sequence = outer.sequence();
    assert.throws(() => sequence.octetString(), { code: 'der_truncated' });
  });

  it('answers any octets with values or an X509Error', () => {
    const visit = (current: DerReader, depth: number): void => {
      while (!current.done) {
        const tag = current.peek();
        if ((tag & 0x20) !== 0) visit(current.constructed(tag), depth + 1);
        else if (tag === TAG.integer) current.integer();
        else if (tag === TAG.oid) current.oid();
        else if (tag === TAG.bitString) current.bitString();
        else current.any();
      }
    };
    const octet = fc.oneof(
      fc.constantFrom(0x30, 0x02, 0x03, 0x06, 0x01, 0x80, 0x81, 0x82, 0xff, 0),
      fc.nat(255),
    );
    fc.assert(
      fc.property(fc.array(octet, { maxLength: 64 }), (octets) => {
        try {
          visit(new DerReader(Buffer.from(octets), ''), 0);
        } catch (error) {
          assert.ok(error instanceof X509Error);
          assert.ok(error.offset !== undefined && error.offset <= octets.length);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
