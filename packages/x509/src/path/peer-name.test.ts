import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeDer } from '../asn1/der-writer.ts';
import { OID } from '../asn1/oids.ts';
import { TAG } from '../asn1/tags.ts';
import type { GeneralNameInput } from '../names/general-name.ts';
import type { PeerName } from './peer-name.ts';
import { NOW, TestAuthority } from './testing/test-authority.ts';
import { validatePath } from './validate-path.ts';

const root = await TestAuthority.root('CN=Root');

async function matches(names: readonly GeneralNameInput[] | undefined, name: PeerName): Promise<boolean> {
  const leaf = await root.leaf('CN=host.example.com', { subjectAltName: names });
  const result = await validatePath({ leaf, anchors: [root.certificate], at: NOW, name });
  if (!result.valid)
    assert.deepEqual(
      result.failures.map(({ code }) => code),
      ['name_mismatch'],
    );
  return result.valid;
}

const dns = (value: string): { type: 'dns'; value: string } => ({ type: 'dns', value });
const MAILBOX = 'pelé@bücher.example';
const smtp: GeneralNameInput = {
  type: 'other',
  oid: OID.smtpUtf8Mailbox,
  value: encodeDer((writer) => writer.string(TAG.utf8String, MAILBOX)),
};

const TABLE: readonly (readonly [string, readonly GeneralNameInput[] | undefined, PeerName, boolean])[] = [
  ['the same host', [dns('host.example.com')], dns('host.example.com'), true],
  ['a host without regard to case', [dns('Host.Example.COM')], dns('hOST.example.com'), true],
  ['a host with the dot of the root', [dns('host.example.com')], dns('host.example.com.'), true],
  ['no other host', [dns('host.example.com')], dns('example.com'), false],
  ['no name below', [dns('example.com')], dns('host.example.com'), false],
  ['the common name never', undefined, dns('host.example.com'), false],
  ['a wildcard for one label', [dns('*.example.com')], dns('host.example.com'), true],
  ['a wildcard not for two', [dns('*.example.com')], dns('a.host.example.com'), false],
  ['a wildcard not for none', [dns('*.example.com')], dns('example.com'), false],
  ['no wildcard over a top-level domain', [dns('*.com')], dns('example.com'), false],
  ['no wildcard within a label', [dns('h*.example.com')], dns('host.example.com'), false],
  ['no wildcard in another place', [dns('host.*.com')], dns('host.example.com'), false],
  ['a wildcard for an A-label', [dns('*.example.com')], dns('xn--bcher-kva.example.com'), true],
  ['U-labels by their A-labels', [dns('xn--bcher-kva.example.com')], dns('bücher.example.com'), true],
  ['no U-labels in other letters', [dns('xn--bcher-kva.example.com')], dns('bucher.example.com'), false],
  ['an address', [{ type: 'ip', value: '192.0.2.1' }], { type: 'ip', value: '192.0.2.1' }, true],
  [
    'an address however it is written',
    [{ type: 'ip', value: '2001:db8::1' }],
    { type: 'ip', value: '2001:0DB8:0:0:0:0:0:1' },
    true,
  ],
  ['no other address', [{ type: 'ip', value: '192.0.2.1' }], { type: 'ip', value: '192.0.2.2' }, false],
  ['no address written as a host', [dns('192.0.2.1')], { type: 'ip', value: '192.0.2.1' }, false],
  ['an address that is asked for as a host', [{ type: 'ip', value: '192.0.2.1' }], dns('192.0.2.1'), true],
  [
    'no mapped address for the plain one',
    [{ type: 'ip', value: '::ffff:192.0.2.1' }],
    { type: 'ip', value: '192.0.2.1' },
    false,
  ],
  [
    'nothing for an address that is none',
    [{ type: 'ip', value: '192.0.2.1' }],
    { type: 'ip', value: '192.0.2' },
    false,
  ],
  [
    'a URI',
    [{ type: 'uri', value: 'spiffe://Example.org/a' }],
    { type: 'uri', value: 'SPIFFE://example.org/a' },
    true,
  ],
  [
    'no URI with another path',
    [{ type: 'uri', value: 'spiffe://example.org/a' }],
    { type: 'uri', value: 'spiffe://example.org/A' },
    false,
  ],
  [
    'a mailbox, its host without regard to case',
    [{ type: 'email', value: 'me@Example.com' }],
    { type: 'email', value: 'me@example.COM' },
    true,
  ],
  [
    'no mailbox in another case',
    [{ type: 'email', value: 'me@example.com' }],
    { type: 'email', value: 'Me@example.com' },
    false,
  ],
  [
    'a mailbox in quotes that it does not need',
    [{ type: 'email', value: '"me"@example.com' }],
    { type: 'email', value: 'me@example.com' },
    true,
  ],
  ['an internationalised mailbox', [smtp], { type: 'email', value: MAILBOX }, true],
  [
    'an internationalised mailbox by A-labels',
    [smtp],
    { type: 'email', value: 'pelé@xn--bcher-kva.example' },
    true,
  ],
  ['nothing for a host with spaces', [dns('host.example.com')], dns('host .example.com'), false],
  ['nothing for an empty host', [dns('host.example.com')], dns(''), false],
];

describe('a name that is asked for matches', () => {
  for (const [what, presented, wanted, expected] of TABLE) {
    it(what, async () => {
      assert.equal(await matches(presented, wanted), expected);
    });
  }
});
