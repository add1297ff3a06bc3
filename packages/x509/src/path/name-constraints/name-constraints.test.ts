import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeDer } from '../../asn1/der-writer.ts';
import { OID } from '../../asn1/oids.ts';
import { contextPrimitive, TAG } from '../../asn1/tags.ts';
import type { GeneralNameInput } from '../../names/general-name.ts';
import { Name } from '../../names/name.ts';
import type { PathFailureCode } from '../failure.ts';
import { NOW, TestAuthority } from '../testing/test-authority.ts';
import { validatePath } from '../validate-path.ts';

type Constraints = { permitted?: readonly GeneralNameInput[]; excluded?: readonly GeneralNameInput[] };

const root = await TestAuthority.root('CN=Root');

async function validate(
  constraints: Constraints | undefined,
  names: readonly GeneralNameInput[] | undefined,
  subject = 'CN=Leaf,O=Example',
  raw?: Buffer,
): Promise<PathFailureCode[]> {
  const extensions =
    raw === undefined ? undefined : [{ oid: OID.nameConstraints, critical: true, value: raw }];
  const authority = await root.authority('CN=CA,O=Example', { nameConstraints: constraints, extensions });
  const leaf = await authority.leaf(subject, { subjectAltName: names });
  const result = await validatePath({
    leaf,
    certificates: [authority.certificate],
    anchors: [root.certificate],
    at: NOW,
  });
  return result.valid ? [] : result.failures.map(({ code }) => code);
}

const dns = (value: string): GeneralNameInput => ({ type: 'dns', value });
const ip = (value: string): GeneralNameInput => ({ type: 'ip', value });
const uri = (value: string): GeneralNameInput => ({ type: 'uri', value });
const email = (value: string): GeneralNameInput => ({ type: 'email', value });
const directory = (name: string): GeneralNameInput => ({ type: 'directory', name });
const smtp = (text: string): GeneralNameInput => ({
  type: 'other',
  oid: OID.smtpUtf8Mailbox,
  value: encodeDer((writer) => writer.string(TAG.utf8String, text)),
});
const upn: GeneralNameInput = {
  type: 'other',
  oid: OID.userPrincipalName,
  value: Buffer.from('0c0161', 'hex'),
};

/** A constraint, a name, whether the name is within it, and whether it touches it. */
const TABLE: readonly (readonly [GeneralNameInput, GeneralNameInput, boolean, boolean])[] = [
  [email('foo@example.com'), email('"foo"@example.com'), true, true],
  [email('foo@example.com'), email('"\\f\\o\\o"@example.com'), true, true],
  [email('"foo"@example.com'), email('foo@example.com'), true, true],
  [email('foo@example.com'), email('"Foo"@example.com'), false, false],
  [dns('example.com'), dns('example.com'), true, true],
  [dns('example.com'), dns('A.Example.COM'), true, true],
  [dns('example.com'), dns('a.b.example.com'), true, true],
  [dns('example.com'), dns('badexample.com'), false, false],
  [dns('example.com'), dns('example.com.evil.org'), false, false],
  [dns('example.com'), dns('*.example.com'), true, true],
  [dns('host.example.com'), dns('*.example.com'), false, true],
  [dns('a.host.example.com'), dns('*.example.com'), false, false],
  [dns('.example.com'), dns('a.example.com'), true, true],
  [dns('.example.com'), dns('example.com'), false, true],
  [dns('example.com'), dns('.example.com'), false, true],
  [dns('example.com'), dns('a..example.com'), false, true],
  [dns('xn--bcher-kva.example'), dns('a.XN--BCHER-KVA.example'), true, true],
  [dns(''), dns('anything.example'), true, true],
  [ip('192.0.2.0/24'), ip('192.0.2.255'), true, true],
  [ip('192.0.2.0/24'), ip('192.0.3.0'), false, false],
  [ip('0.0.0.0/0'), ip('203.0.113.9'), true, true],
  [ip('0.0.0.0/0'), ip('2001:db8::1'), false, false],
  [ip('2001:db8::/33'), ip('2001:db8:7fff::1'), true, true],
  [ip('2001:db8::/33'), ip('2001:db8:8000::1'), false, false],
  [email('example.com'), email('a@example.com'), true, true],
  [email('example.com'), email('a@Example.COM'), true, true],
  [email('example.com'), email('a@host.example.com'), false, false],
  [email('.example.com'), email('a@host.example.com'), true, true],
  [email('.example.com'), email('a@example.com'), false, false],
  [email('a@example.com'), email('a@EXAMPLE.com'), true, true],
  [email('a@example.com'), email('A@example.com'), false, false],
  [email('example.com'), email('a@b@example.com'), false, true],
  [email('example.com'), email('a'), false, true],
  [email('xn--bcher-kva.example'), smtp('pelé@bücher.example'), true, true],
  [email('example.com'), smtp('pelé@bücher.example'), false, false],
  [uri('host.example.com'), uri('https://host.example.com:8443/a'), true, true],
  [uri('host.example.com'), uri('https://a.host.example.com/'), false, false],
  [uri('.example.com'), uri('https://user@host.Example.com/'), true, true],
  [uri('.example.com'), uri('https://example.com/'), false, false],
  [uri('.example.com'), uri('https://example.com@evil.org/'), false, false],
  [uri('.example.com'), uri('urn:example:com'), false, true],
  [uri('.example.com'), uri('https://192.0.2.1/'), false, true],
  [uri('.example.com'), uri('https://[2001:db8::1]/'), false, true],
  [uri('example.org'), uri('spiffe://example.org/service'), true, true],
];

describe('name constraints', () => {
  for (const [constraint, name, within, touching] of TABLE) {
    const text = (one: GeneralNameInput): string => ('value' in one ? String(one.value) : '');
    const of = `${name.type} ${text(name)} ${within ? 'lies' : 'does not lie'} in ${text(constraint) || '(all)'}`;
    it(of, async () => {
      assert.deepEqual(
        await validate({ permitted: [constraint] }, [name]),
        within ? [] : ['name_constraint_violated'],
      );
      assert.deepEqual(
        await validate({ excluded: [constraint] }, [name]),
        touching ? ['name_constraint_violated'] : [],
      );
    });
  }

  it('compare directory names by their first RDNs, in the subject and in the subjectAltName', async () => {
    const permitted = [directory('O=example')];
    assert.deepEqual(await validate({ permitted }, [dns('a.org')], 'CN=Leaf,O=EXAMPLE'), []);
    assert.deepEqual(await validate({ permitted }, [dns('a.org')], 'CN=Leaf,O=Other'), [
      'name_constraint_violated',
    ]);
    assert.deepEqual(await validate({ permitted }, [directory('CN=x,O=Other')]), [
      'name_constraint_violated',
    ]);
    assert.deepEqual(await validate({ excluded: permitted }, [dns('a.org')]), ['name_constraint_violated']);
  });

  it('do not touch names of other forms', async () => {
    assert.deepEqual(await validate({ permitted: [ip('192.0.2.0/24')] }, [dns('a.org')]), []);
    assert.deepEqual(await validate({ excluded: [ip('192.0.2.0/24')] }, [dns('a.org')]), []);
  });

  it('hold for every name of the certificate', async () => {
    const permitted = [dns('example.com'), dns('example.org')];
    assert.deepEqual(await validate({ permitted }, [dns('a.example.com'), dns('example.org')]), []);
    assert.deepEqual(await validate({ permitted }, [dns('a.example.com'), dns('example.net')]), [
      'name_constraint_violated',
    ]);
    const both = { permitted, excluded: [dns('a.example.com')] };
    assert.deepEqual(await validate(both, [dns('a.example.com')]), ['name_constraint_violated']);
  });

  it('look at emailAddress in the subject only where there is no subjectAltName', async () => {
    const subject = '1.2.840.113549.1.9.1=a@evil.org,CN=Leaf';
    assert.deepEqual(await validate({ permitted: [email('example.com')] }, undefined, subject), [
      'name_constraint_violated',
    ]);
    assert.deepEqual(await validate({ permitted: [email('example.com')] }, [dns('a.org')], subject), []);
  });

  it('refuse names of a form that is constrained but not supported', async () => {
    assert.deepEqual(await validate({ permitted: [upn] }, [upn]), ['name_constraint_unsupported']);
    assert.deepEqual(await validate({ permitted: [upn] }, [dns('a.org')]), []);
    const id: GeneralNameInput = { type: 'registered-id', oid: '1.2.3' };
    assert.deepEqual(await validate({ excluded: [id] }, [id]), ['name_constraint_unsupported']);
  });

  it('refuse constraints that are malformed', async () => {
    for (const constraint of [
      dns('*.example.com'),
      email('@example.com'),
      uri('https://example.com/'),
      ip('192.0.2.0/255.0.255.0'),
    ]) {
      const codes = await validate({ excluded: [constraint] }, [dns('a.org')]);
      assert.deepEqual(codes, ['name_constraint_unsupported']);
    }
    const minimum = encodeDer((writer) => {
      writer.sequence(() => {
        writer.constructed(0xa0, () => {
          writer.sequence(() => {
            writer.string(contextPrimitive(2), 'a.org');
            writer.integer(1, contextPrimitive(0));
          });
        });
      });
    });
    assert.deepEqual(await validate(undefined, [dns('a.org')], 'CN=Leaf', minimum), [
      'name_constraint_unsupported',
    ]);
  });

  it('treat directory names that cannot be decoded as touching everything', async () => {
    // An organizationName whose UTF8String is no UTF-8.
    const malformed = Name.fromDer(Buffer.from('300d310b3009060355040a0c02c328', 'hex'));
    const constrained = { excluded: [directory('O=Evil')] };
    const ca = await root.authority('CN=CA', { nameConstraints: constrained });
    const inputs = { certificates: [ca.certificate], anchors: [root.certificate], at: NOW };
    const leaf = await ca.leaf('CN=x', { subject: malformed });
    const named = await ca.leaf('CN=x', { subjectAltName: [{ type: 'directory', name: malformed }] });
    for (const certificate of [leaf, named]) {
      const result = await validatePath({ leaf: certificate, ...inputs });
      assert.ok(!result.valid);
      assert.deepEqual(
        result.failures.map(({ code }) => code),
        ['name_constraint_violated'],
      );
    }
    const codes = await validate({ excluded: [{ type: 'directory', name: malformed }] }, [dns('a.org')]);
    assert.deepEqual(codes, ['name_constraint_unsupported']);
  });

  it('are intersected down the path, and do not hold for self-issued intermediates', async () => {
    const outer = await root.authority('CN=Outer', {
      nameConstraints: { permitted: [dns('a.org'), dns('b.org')] },
    });
    const inner = await outer.authority('CN=Inner', {
      nameConstraints: { permitted: [dns('b.org'), dns('c.org')] },
    });
    const rolled = await inner.authority('CN=Inner', { subjectAltName: [dns('z.org')] });
    const certificates = [outer.certificate, inner.certificate, rolled.certificate];
    for (const [name, valid] of [
      ['a.org', false],
      ['b.org', true],
      ['c.org', false],
    ] as const) {
      const leaf = await rolled.leaf('CN=Leaf', { subjectAltName: [dns(name)] });
      const result = await validatePath({ leaf, certificates, anchors: [root.certificate], at: NOW });
      assert.equal(result.valid, valid, name);
    }
    const named = await inner.authority('CN=Named', { subjectAltName: [dns('z.org')] });
    const leaf = await named.leaf('CN=Leaf', { subjectAltName: [dns('b.org')] });
    const result = await validatePath({
      leaf,
      certificates: [...certificates, named.certificate],
      anchors: [root.certificate],
      at: NOW,
    });
    assert.ok(!result.valid);
    assert.equal(result.failures[0]?.certificate?.subject.toString(), 'CN=Named');
  });

  it('of an anchor hold, too', async () => {
    const anchor = await TestAuthority.root('CN=Narrow', { nameConstraints: { permitted: [dns('a.org')] } });
    const leaf = await anchor.leaf('CN=Leaf', { subjectAltName: [dns('b.org')] });
    assert.equal((await validatePath({ leaf, anchors: [anchor.certificate], at: NOW })).valid, false);
  });

  it('cannot be made to take long', async () => {
    const permitted = Array.from({ length: 1000 }, (_, i) => dns(`a${i}.example.com`));
    const names = Array.from({ length: 1000 }, (_, i) => dns(`b.a${999 - (i % 10)}.example.com`));
    assert.deepEqual(await validate({ permitted }, names), ['budget_exhausted']);
    assert.deepEqual(await validate({ permitted: permitted.slice(0, 100) }, [dns('b.a99.example.com')]), []);
  });
});
