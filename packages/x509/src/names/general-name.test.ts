import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DerReader } from '../asn1/der-reader.ts';
import { encodeDer } from '../asn1/der-writer.ts';
import {
  type GeneralNameInput,
  readGeneralName,
  readGeneralNames,
  writeGeneralName,
} from './general-name.ts';
import { Name } from './name.ts';

function encode(name: GeneralNameInput): Buffer {
  return encodeDer((writer) => writeGeneralName(writer, name));
}

function read(hex: string, form?: 'range') {
  return readGeneralName(new DerReader(Buffer.from(hex, 'hex'), 'name'), form);
}

describe('GeneralName', () => {
  it('is read back as it was written, in each form', () => {
    const names: readonly GeneralNameInput[] = [
      { type: 'email', value: 'a@b.example' },
      { type: 'dns', value: '*.example.com' },
      { type: 'uri', value: 'spiffe://example/x' },
      { type: 'ip', value: '::1', bytes: Buffer.from('00000000000000000000000000000001', 'hex') },
      { type: 'other', oid: '1.3.6.1.5.5.7.8.9', value: Buffer.from('0c0161', 'hex') },
      { type: 'registered-id', oid: '1.2.3' },
      { type: 'x400', value: Buffer.from('3000', 'hex') },
      { type: 'edi-party', value: Buffer.from('a1030c0161', 'hex') },
    ];
    for (const name of names) assert.deepEqual(readGeneralName(new DerReader(encode(name), '')), name);
    const directory = read(encode({ type: 'directory', name: 'CN=a' }).toString('hex'));
    assert.ok(directory.type === 'directory' && directory.name.equals(Name.parse('CN=a')));
  });

  it('writes an address and a range from text', () => {
    assert.equal(encode({ type: 'ip', value: '10.0.0.1' }).toString('hex'), '87040a000001');
    assert.equal(encode({ type: 'ip', value: '10.0.0.0/12' }).toString('hex'), '87080a000000fff00000');
    assert.equal(
      encode({ type: 'ip', value: '10.0.0.0/255.255.0.0' }).toString('hex'),
      '87080a000000ffff0000',
    );
    const range = read('87080a000000fff00000', 'range');
    assert.ok(range.type === 'ip' && range.value === '10.0.0.0/255.240.0.0');
    for (const value of ['10.0.0.0/33', '10.0.0.0/::1', 'x/8', '10.0.0.0/x', '']) {
      assert.throws(() => encode({ type: 'ip', value }), { code: 'issue_invalid' });
    }
  });

  const refused: readonly (readonly [string, string, string])[] = [
    ['an address of 5 octets', '87050102030405', 'extension_invalid'],
    ['a range where an address is due', '87080a000000ff000000', 'extension_invalid'],
    ['a DNS name with octets above 127', '8201ff', 'string_invalid'],
    ['an unknown choice', '8900', 'der_unexpected_tag'],
    ['a directory name without its explicit tag', 'a4023100', 'der_unexpected_tag'],
    ['an other name without a value', 'a00306012a', 'der_truncated'],
    ['an other name with two values', 'a00906012aa00405000500', 'der_trailing_data'],
    ['nothing', '', 'der_unexpected_tag'],
  ];
  for (const [what, hex, code] of refused)
    it(`refuses ${what}`, () => assert.throws(() => read(hex), { code }));

  it('refuses an empty list', () => {
    assert.throws(() => readGeneralNames(new DerReader(Buffer.alloc(0), 'san')), {
      code: 'extension_invalid',
    });
  });
});
