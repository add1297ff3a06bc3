import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Certificate, type GeneralNameInput } from '@mortise/x509';
import fc from 'fast-check';
import type { TlsClientAuth } from '../client.ts';
import { selfSigned } from '../testing/certificates.ts';
import { canonicalMatcher, matcherKinds, matchersAccepting, matches } from './matchers.ts';

async function accepts(
  kind: TlsClientAuth['kind'],
  value: string,
  certificate: { subject?: string; names?: GeneralNameInput[] },
): Promise<boolean> {
  return matches({ kind, value }, await selfSigned(certificate));
}

test('a subject matches every RFC 4514 form of its name, and no other name', async () => {
  const subject = 'CN=Acme Pay,OU=Robots+L=Bern,O=Acme\\, Inc.,C=CH';
  for (const form of [
    subject,
    'cn=acme pay,ou=robots+l=bern,o=ACME\\2C INC.,c=ch',
    'CN= Acme   Pay ,L=Bern+OU=Robots,O=Acme\\, Inc.,C=CH',
    '2.5.4.3=Acme Pay,OU=Robots+L=Bern,O=Acme\\, Inc.,C=CH',
    '2.5.4.3=#0C0841636D6520506179,OU=Robots+L=Bern,O=Acme\\, Inc.,C=CH',
  ]) {
    assert.equal(await accepts('subject_dn', form, { subject }), true, form);
  }
  for (const other of [
    'CN=AcmePay,OU=Robots+L=Bern,O=Acme\\, Inc.,C=CH',
    'C=CH,O=Acme\\, Inc.,OU=Robots+L=Bern,CN=Acme Pay',
    'CN=Acme Pay,OU=Robots,L=Bern,O=Acme\\, Inc.,C=CH',
    'CN=Acme Pay',
    'O=Acme Pay,OU=Robots+L=Bern,O=Acme\\, Inc.,C=CH',
  ]) {
    assert.equal(await accepts('subject_dn', other, { subject }), false, other);
  }
});

test('a DNS name matches in any case, whole, and never through a wildcard', async () => {
  const names: GeneralNameInput[] = [
    { type: 'dns', value: 'other.example' },
    { type: 'dns', value: 'Pay.Example' },
    { type: 'dns', value: '*.wild.example' },
  ];
  assert.equal(await accepts('san_dns', 'pAY.example', { names }), true);
  assert.equal(await accepts('san_dns', 'ay.example', { names }), false);
  assert.equal(await accepts('san_dns', 'sub.pay.example', { names }), false);
  assert.equal(await accepts('san_dns', 'a.wild.example', { names }), false);
  assert.equal(await accepts('san_dns', '*.wild.example', { names }), false);
  assert.equal(await accepts('san_dns', 'pay.example', { subject: 'CN=pay.example' }), false);
});

test('a URI matches octet by octet', async () => {
  const names: GeneralNameInput[] = [{ type: 'uri', value: 'spiffe://acme.example/pay' }];
  assert.equal(await accepts('san_uri', 'spiffe://acme.example/pay', { names }), true);
  assert.equal(await accepts('san_uri', 'spiffe://acme.example/Pay', { names }), false);
  assert.equal(await accepts('san_uri', 'spiffe://ACME.example/pay', { names }), false);
  assert.equal(await accepts('san_uri', 'spiffe://acme.example/pay/', { names }), false);
});

test('an address matches in every textual form', async () => {
  const names: GeneralNameInput[] = [
    { type: 'ip', value: '2001:db8::1' },
    { type: 'ip', value: '192.0.2.7' },
  ];
  for (const form of ['2001:DB8::1', '2001:0db8:0:0:0:0:0:0001', '[2001:db8::1]', '192.0.2.7']) {
    assert.equal(await accepts('san_ip', form, { names }), true, form);
  }
  assert.equal(await accepts('san_ip', '2001:db8::2', { names }), false);
  assert.equal(await accepts('san_ip', '::ffff:192.0.2.7', { names }), false);
});

test('a mailbox matches with its local part exact and its host in any case', async () => {
  const names: GeneralNameInput[] = [{ type: 'email', value: 'Robot@Acme.Example' }];
  assert.equal(await accepts('san_email', 'Robot@acme.example', { names }), true);
  assert.equal(await accepts('san_email', 'robot@acme.example', { names }), false);
  assert.equal(await accepts('san_email', 'Robot@sub.acme.example', { names }), false);
});

test('a name of one kind never matches as another kind', async () => {
  const names: GeneralNameInput[] = [{ type: 'dns', value: 'urn.example' }];
  assert.equal(await accepts('san_uri', 'urn.example', { names }), false);
  assert.equal(await accepts('san_email', 'urn.example', { names }), false);
  assert.equal(await accepts('san_ip', '192.0.2.7', { names: [{ type: 'dns', value: '192.0.2.7' }] }), false);
});

test('values that no certificate can hold are refused', () => {
  const impossible: Record<TlsClientAuth['kind'], string[]> = {
    subject_dn: ['', 'no name', 'CN', 'CN=a,,O=b', 'CN=#zz'],
    san_dns: [
      '',
      '*.example',
      'a..b',
      '-a.example',
      'a b',
      'ä.example',
      `${'a'.repeat(64)}.example`,
      'a.example.',
    ],
    san_uri: ['', 'no-scheme', '//host/x', 'https:', 'https://a b', 'https://ä.example', 'x:y\n'],
    san_ip: [
      '',
      '1.2.3',
      '1.2.3.256',
      '01.2.3.4',
      ':::',
      '1::2::3',
      'fe80::1%eth0',
      '10.0.0.0/8',
      'localhost',
    ],
    san_email: ['', 'no-at.example', 'a@b@c', 'a@', '@b', 'a b@c.example', 'ä@c.example'],
  };
  for (const { kind } of matcherKinds) {
    for (const value of impossible[kind]) {
      assert.equal(canonicalMatcher({ kind, value }), undefined, `${kind} ${JSON.stringify(value)}`);
    }
  }
});

test('a certificate with undecodable or absent names matches nothing and does not throw', async () => {
  const certificate = await selfSigned({ names: [{ type: 'dns', value: 'pay.example' }] });
  const der = Buffer.from(certificate.der);
  // The tag of the dNSName becomes one that no GeneralName has.
  der[der.indexOf('pay.example') - 2] = 0x8f;
  const broken = Certificate.parse(der);
  assert.throws(() => broken.subjectAltName);
  assert.equal(matches({ kind: 'san_dns', value: 'pay.example' }, broken), false);
  assert.equal(matches({ kind: 'san_dns', value: 'pay.example' }, await selfSigned()), false);
  assert.equal(matchersAccepting(broken).length, 1, 'its subject can still be read');
});

test('a certificate with more than 64 names belongs to nobody', async () => {
  const names = Array.from(
    { length: 64 },
    (_, i): GeneralNameInput => ({ type: 'dns', value: `n${i}.example` }),
  );
  assert.deepEqual(matchersAccepting(await selfSigned({ names })), []);
  assert.equal(matchersAccepting(await selfSigned({ names: names.slice(1) })).length, 64);
});

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const attribute = fc.tuple(
  fc.constantFrom('CN', 'O', 'OU', 'L', 'ST'),
  fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019 ,+"\\<>;=#é漢')), minLength: 1, maxLength: 12 }),
);
const names = fc.array(attribute, { minLength: 1, maxLength: 4 });

function escaped(value: string): string {
  return value.replace(/[,+"\\<>;=#]/g, (character) => `\\${character}`).replace(/^ | $/g, '\\ ');
}
function hexEscaped(value: string): string {
  return [...Buffer.from(value)].map((octet) => `\\${octet.toString(16).padStart(2, '0')}`).join('');
}
function written(
  attributes: [string, string][],
  quote: (value: string) => string,
  change = (text: string) => text,
) {
  return attributes.map(([type, value]) => `${change(type)}=${quote(change(value))}`).join(',');
}

test('property: the canonical form of a subject does not depend on how it is written', () => {
  fc.assert(
    fc.property(names, (attributes) => {
      const plain = canonicalMatcher({ kind: 'subject_dn', value: written(attributes, escaped) });
      assert.notEqual(plain, undefined);
      for (const value of [
        written(attributes, hexEscaped),
        written(attributes, escaped, (text) => text.toUpperCase()),
        written(attributes, (text) => escaped(`  ${text.replace(/ /g, '   ')} `)),
      ]) {
        assert.equal(canonicalMatcher({ kind: 'subject_dn', value }), plain, value);
      }
    }),
    { numRuns: 200 },
  );
});

test('property: two subjects have one canonical form only where they are one name', () => {
  const folded = (attributes: [string, string][]): string =>
    JSON.stringify(attributes.map(([type, value]) => [type, value.toLowerCase().trim().replace(/ +/g, ' ')]));
  fc.assert(
    fc.property(names, names, (a, b) => {
      const same =
        canonicalMatcher({ kind: 'subject_dn', value: written(a, escaped) }) ===
        canonicalMatcher({ kind: 'subject_dn', value: written(b, escaped) });
      assert.equal(same, folded(a) === folded(b));
    }),
    { numRuns: 200, examples: [[[['CN', 'Ab']], [['CN', ' aB ']]]] },
  );
});

test('property: what a certificate presents is what registering the same value gives', async () => {
  await fc.assert(
    fc.asyncProperty(host, fc.ipV4(), fc.ipV6(), async (name, v4, v6) => {
      const presented: [TlsClientAuth['kind'], GeneralNameInput][] = [
        ['san_dns', { type: 'dns', value: name.toUpperCase() }],
        ['san_uri', { type: 'uri', value: `https://${name}/x` }],
        ['san_email', { type: 'email', value: `Me@${name.toUpperCase()}` }],
        ['san_ip', { type: 'ip', value: v4 }],
        ['san_ip', { type: 'ip', value: v6 }],
      ];
      const certificate = await selfSigned({ names: presented.map(([, general]) => general) });
      const accepting = matchersAccepting(certificate);
      for (const [kind, general] of presented) {
        const value = (general as { value: string }).value;
        assert.equal(matches({ kind, value }, certificate), true, value);
        assert.ok(accepting.includes(canonicalMatcher({ kind, value }) ?? ''), value);
        if (kind !== 'san_ip') assert.equal(matches({ kind, value: `${value}0` }, certificate), false);
      }
    }),
    { numRuns: 50 },
  );
});
