import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DerWriter, encodeDer } from '../asn1/der-writer.ts';
import { encodeBmp } from '../asn1/strings.ts';
import { TAG } from '../asn1/tags.ts';
import { X509Error } from '../errors.ts';
import { MAX_NAME_ATTRIBUTES, Name } from './name.ts';

const CN = '2.5.4.3';

function nameOf(...rdns: readonly (readonly [string, number, Buffer])[][]): Name {
  return Name.fromDer(
    encodeDer((writer) => {
      writer.sequence(() => {
        for (const rdn of rdns) {
          writer.setOf(
            rdn.map(([type, tag, content]) =>
              encodeDer((attribute) => {
                attribute.sequence(() => {
                  attribute.oid(type);
                  attribute.primitive(tag, content);
                });
              }),
            ),
          );
        }
      });
    }),
  );
}

function universal(text: string): Buffer {
  const points = Array.from(text, (character) => character.codePointAt(0)!);
  const octets = Buffer.alloc(points.length * 4);
  points.forEach((point, index) => {
    octets.writeUInt32BE(point, index * 4);
  });
  return octets;
}

describe('Name', () => {
  it('compares strings of every type by what they say (RFC 5280 §7.1)', () => {
    const forms = [
      nameOf([[CN, TAG.utf8String, Buffer.from('Müller  Test')]]),
      nameOf([[CN, TAG.t61String, Buffer.from('MÜLLER TEST', 'latin1')]]),
      nameOf([[CN, TAG.bmpString, encodeBmp(' müller test')]]),
      nameOf([[CN, TAG.universalString, universal('Mu\u0308ller Test ')]]),
    ];
    for (const left of forms) for (const right of forms) assert.ok(left.equals(right));
    assert.ok(!forms[0]!.equals(Name.parse('CN=Muller Test')));
  });

  it('compares multi-valued RDNs as sets, and RDNs in their order', () => {
    const a = [CN, TAG.utf8String, Buffer.from('a')] as const;
    const b = ['2.5.4.10', TAG.printableString, Buffer.from('b')] as const;
    assert.ok(nameOf([a, b]).equals(Name.parse('O=B+CN=A')));
    assert.ok(!nameOf([a, b]).equals(nameOf([a], [b])));
    assert.ok(!nameOf([a], [b]).equals(nameOf([b], [a])));
  });

  it('knows a subtree by whole RDNs', () => {
    const base = Name.parse('OU=Web,O=Example');
    assert.ok(Name.parse('CN=x,OU=web,O=EXAMPLE').isWithin(base));
    assert.ok(base.isWithin(base));
    assert.ok(base.isWithin(Name.parse('')));
    assert.ok(!Name.parse('CN=x,OU=Website,O=Example').isWithin(base));
    assert.ok(!Name.parse('O=Example').isWithin(base));
  });

  it('matches a name that cannot be decoded with nothing but itself', () => {
    const broken = nameOf([[CN, TAG.utf8String, Buffer.of(0xff)]]);
    const other = nameOf([[CN, TAG.utf8String, Buffer.of(0xfe)]]);
    assert.ok(broken.equals(nameOf([[CN, TAG.utf8String, Buffer.of(0xff)]])));
    assert.ok(!broken.equals(other));
    assert.equal(broken.wellFormed, false);
    assert.equal(Name.parse('CN=a').wellFormed, true);
    assert.throws(() => broken.rdns, { code: 'string_invalid' });
    assert.equal(broken.toString(), `#${broken.der.toString('hex')}`);
  });

  it('compares values that are no strings by their DER', () => {
    const one = nameOf([['1.2.3', TAG.octetString, Buffer.from('A')]]);
    assert.ok(!one.equals(nameOf([['1.2.3', TAG.octetString, Buffer.from('a')]])));
    assert.equal(one.toString(), '1.2.3=#040141');
  });

  it('finds the most specific common name', () => {
    assert.equal(Name.parse('CN=web,CN=outer,O=x').commonName, 'web');
    assert.equal(Name.parse('O=x').commonName, undefined);
    assert.equal(Name.parse('').empty, true);
  });

  const malformed: readonly (readonly [string, Buffer, string])[] = [
    ['an RDN without attributes', Buffer.from('30023100', 'hex'), 'name_invalid'],
    ['an attribute without a value', Buffer.from('3009310730050603550403', 'hex'), 'der_truncated'],
    ['a SEQUENCE where a SET is due', Buffer.from('30023000', 'hex'), 'der_unexpected_tag'],
    [
      'something after the value',
      Buffer.from('300e310c300a06035504030c01610500', 'hex'),
      'der_trailing_data',
    ],
  ];
  for (const [what, der, code] of malformed) {
    it(`refuses ${what}`, () => assert.throws(() => Name.fromDer(der).rdns, { code }));
  }

  it('bounds the number of attributes', () => {
    const many = nameOf(
      ...Array.from({ length: MAX_NAME_ATTRIBUTES + 1 }, () => [
        [CN, TAG.utf8String, Buffer.from('a')] as const,
      ]),
    );
    assert.throws(() => many.rdns, { code: 'der_too_large' });
  });

  it('wraps only one SEQUENCE', () => {
    assert.throws(() => Name.fromDer(Buffer.from('300000', 'hex')), { code: 'der_trailing_data' });
    assert.throws(() => Name.fromDer(Buffer.from('3100', 'hex')), { code: 'der_unexpected_tag' });
  });
});

describe('RFC 4514', () => {
  const examples: readonly (readonly [string, string])[] = [
    ['UID=jsmith,DC=example,DC=net', 'UID=jsmith,DC=example,DC=net'],
    ['OU=Sales+CN=J.  Smith,DC=example,DC=net', 'OU=Sales+CN=J.  Smith,DC=example,DC=net'],
    [
      'CN=James \\"Jim\\" Smith\\, III,DC=example,DC=net',
      'CN=James \\"Jim\\" Smith\\, III,DC=example,DC=net',
    ],
    ['CN=Before\\0dAfter,DC=example,DC=net', 'CN=Before\\0dAfter,DC=example,DC=net'],
    ['1.3.6.1.4.1.1466.0=#04024869', '1.3.6.1.4.1.1466.0=#04024869'],
    ['CN=Lu\\C4\\8Di\\C4\\87', 'CN=Lučić'],
    [' cn = \\ a\\20 , o=\\#b ', 'CN=\\ a\\ ,O=\\#b'],
    ['C=DE,2.5.4.10=x', 'C=DE,O=x'],
    ['', ''],
    ['CN=', 'CN='],
    ['CN=a=b', 'CN=a\\=b'],
    ['CN=#0c0161', 'CN=a'],
  ];
  for (const [text, printed] of examples) {
    it(`reads ${JSON.stringify(text)}`, () => assert.equal(Name.parse(text).toString(), printed));
  }

  for (const text of [
    'web',
    'CN',
    '=x',
    'CN=a,',
    'CN=a,,O=b',
    'CN=a+',
    'CN="a"',
    'CN=a;O=b',
    'CN=\\',
    'CN=\\x',
    'CN=\\ff',
    'CN=#',
    'CN=#0',
    'CN=#zz',
    'nope=a',
    'CN=a\u0000',
    'CN=\ud800',
    'CN=#0c0261',
    'CN=<a>',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => Name.parse(text), X509Error));
  }

  it('refuses more than it has room for', () => {
    assert.throws(() => Name.parse(`CN=${'a'.repeat(70_000)}`), { code: 'name_invalid' });
  });

  const keyword = fc.constantFrom('2.5.4.3', '2.5.4.10', '2.5.4.11', '2.5.4.7');
  const rdn = fc.uniqueArray(fc.tuple(keyword, fc.string({ unit: 'grapheme' })), {
    minLength: 1,
    maxLength: 3,
    selector: ([type]) => type,
  });

  it('prints any name so that it is read back to the same DER', () => {
    fc.assert(
      fc.property(fc.array(rdn, { maxLength: 4 }), (rdns) => {
        const name = nameOf(
          ...rdns.map((attributes) =>
            attributes.map(([type, value]) => [type, TAG.utf8String, Buffer.from(value)] as const),
          ),
        );
        assert.deepEqual(Name.parse(name.toString()).der, name.der);
      }),
    );
  });

  it('answers any string with a name or name_invalid', () => {
    const text = fc.string({
      unit: fc.constantFrom(
        'CN',
        'O',
        '=',
        ',',
        '+',
        '\\',
        '#',
        ' ',
        '"',
        'a',
        '0',
        '61',
        '\u00fc',
        '\u0000',
      ),
    });
    fc.assert(
      fc.property(text, (input) => {
        try {
          const name = Name.parse(input);
          assert.deepEqual(Name.parse(name.toString()).der, name.der);
        } catch (error) {
          assert.ok(error instanceof X509Error);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('writes a writer-made name like a parsed one', () => {
    const writer = new DerWriter(4);
    writer.raw(Name.parse('C=DE,emailAddress=a@b').der);
    assert.equal(Name.fromDer(writer.finish()).toString(), 'C=DE,1.2.840.113549.1.9.1=#1603614062');
  });
});
