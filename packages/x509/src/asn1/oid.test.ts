import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeOid, encodeOid } from './oid.ts';
import { OID } from './oids.ts';

describe('object identifiers', () => {
  it('are read back as they were written', () => {
    const arc = fc.oneof(fc.nat(200).map(BigInt), fc.bigInt({ min: 0n, max: 2n ** 200n }));
    const oid = fc.oneof(
      fc.tuple(fc.constantFrom(0, 1), fc.nat(39).map(BigInt), fc.array(arc, { maxLength: 3 })),
      fc.tuple(fc.constant(2), arc, fc.array(arc, { maxLength: 3 })),
    );
    fc.assert(
      fc.property(oid, ([root, second, rest]) => {
        const text = [root, second, ...rest].join('.');
        const encoded = encodeOid(text);
        assert.equal(decodeOid(encoded, 0, encoded.length, ''), text);
      }),
    );
  });

  it('keep apart those that fall into one slot of the cache', () => {
    for (let i = 0; i < 5000; i++) {
      const text = `1.3.${i}.${i * 7}`;
      const encoded = encodeOid(text);
      assert.equal(decodeOid(encoded, 0, encoded.length, ''), text);
    }
  });

  it('have the known encodings', () => {
    assert.equal(encodeOid(OID.sha256WithRsa).toString('hex'), '2a864886f70d01010b');
    assert.equal(encodeOid('2.999.3').toString('hex'), '883703');
    assert.equal(
      encodeOid('2.25.329800735698586629295641978511506172918').toString('hex').slice(0, 4),
      '6983',
    );
  });

  for (const text of [
    '',
    '1',
    '3.1',
    '1.40',
    '1.02',
    '1..2',
    '1.2.',
    'a.b',
    '1.-2',
    `1.2.${'9'.repeat(400)}`,
    `1.2${'.1'.repeat(150)}`,
  ]) {
    it(`refuse ${JSON.stringify(text.slice(0, 20))}`, () =>
      assert.throws(() => encodeOid(text), { name: 'X509Error' }));
  }
});
