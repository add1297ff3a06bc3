import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { encodeDer } from '../../asn1/der-writer.ts';
import { OID } from '../../asn1/oids.ts';
import { contextConstructed, contextPrimitive } from '../../asn1/tags.ts';
import type { PathFailureCode } from '../failure.ts';
import { NOW, TestAuthority } from '../testing/test-authority.ts';
import { validatePath } from '../validate-path.ts';
import type { ValidationPolicy } from './check.ts';

type Overrides = Parameters<TestAuthority['leaf']>[1];

const root = await TestAuthority.root('CN=Root');
const SERVER = { extendedKeyUsage: ['serverAuth'] } as const;
const MAIL = {
  extendedKeyUsage: ['emailProtection'],
  subjectAltName: [{ type: 'email', value: 'a@example.com' }],
} as const;
const NAMES = [{ type: 'dns', value: 'host.example.com' }] as const;

const policyConstraints = encodeDer((writer) => {
  writer.sequence(() => writer.integer(3, contextPrimitive(0)));
});
const points = encodeDer((writer) => {
  writer.sequence(() => {
    writer.sequence(() => {
      writer.constructed(contextConstructed(0), () => {
        writer.constructed(contextConstructed(0), () => writer.string(contextPrimitive(2), 'example.com'));
      });
    });
  });
});
const authorityNaming = (parts: readonly ('key' | 'serial')[]): Uint8Array =>
  encodeDer((writer) => {
    writer.sequence(() => {
      if (parts.includes('key'))
        writer.octetString(root.certificate.subjectKeyIdentifier!, contextPrimitive(0));
      if (parts.includes('serial')) writer.integer(1234, contextPrimitive(2));
    });
  });

async function codes(
  policy: ValidationPolicy | undefined,
  purpose: string,
  leaf: Overrides,
  parts: { anchor?: Overrides; intermediate?: Overrides } = {},
): Promise<readonly PathFailureCode[]> {
  const anchor = parts.anchor === undefined ? root : await TestAuthority.root('CN=Root', parts.anchor);
  const issuer =
    parts.intermediate === undefined ? anchor : await anchor.authority('CN=Middle', parts.intermediate);
  const certificate = await issuer.leaf('CN=host.example.com', leaf);
  const certificates = [issuer.certificate];
  const result = await validatePath({
    leaf: certificate,
    certificates,
    anchors: [anchor.certificate],
    at: NOW,
    purpose,
    policy,
  });
  return result.valid ? [] : [...new Set(result.failures.map(({ code }) => code))].sort();
}

type Row = readonly [
  what: string,
  leaf: Overrides,
  codes: readonly PathFailureCode[],
  parts?: Parameters<typeof codes>[3],
];

const RFC_5280: readonly Row[] = [
  ['accepts what it should', {}, []],
  [
    'refuses dNSNames with underscores',
    { subjectAltName: [{ type: 'dns', value: 'a_b.example.com' }] },
    ['extension_inconsistent'],
  ],
  ['accepts wildcards', { subjectAltName: [{ type: 'dns', value: '*.example.com' }] }, []],
  [
    'refuses an empty key usage',
    { keyUsage: undefined, extensions: [{ oid: OID.keyUsage, value: Buffer.of(3, 1, 0) }] },
    ['extension_inconsistent', 'key_usage_mismatch'],
  ],
  [
    'refuses distribution points that lead nowhere',
    { extensions: [{ oid: OID.cRLDistributionPoints, value: points }] },
    ['extension_inconsistent'],
  ],
  ['accepts a CA without key usage', {}, [], { intermediate: { keyUsage: undefined } }],
  [
    'refuses policy constraints that are not critical',
    {},
    ['extension_criticality'],
    { intermediate: { extensions: [{ oid: OID.policyConstraints, value: policyConstraints }] } },
  ],
  [
    'refuses domain constraints with a leading dot',
    {},
    ['name_constraint_unsupported'],
    { intermediate: { nameConstraints: { permitted: [{ type: 'dns', value: '.example.com' }] } } },
  ],
  ['accepts a leaf without extended key usage', { extendedKeyUsage: undefined }, []],
  ['accepts anyExtendedKeyUsage', { extendedKeyUsage: [OID.anyExtendedKeyUsage] }, []],
];

const WEB_PKI: readonly Row[] = [
  ['accepts what it should', SERVER, []],
  ['refuses a leaf without extended key usage', { extendedKeyUsage: undefined }, ['extension_missing']],
  [
    'refuses anyExtendedKeyUsage',
    { extendedKeyUsage: ['serverAuth', OID.anyExtendedKeyUsage] },
    ['extension_forbidden'],
  ],
  [
    'refuses other purposes beside serverAuth',
    { extendedKeyUsage: ['serverAuth', 'codeSigning'] },
    ['extension_forbidden'],
  ],
  ['accepts clientAuth beside serverAuth', {}, []],
  ['refuses a leaf without subjectAltName', { ...SERVER, subjectAltName: undefined }, ['extension_missing']],
  [
    'refuses a critical subjectAltName beside a subject',
    {
      ...SERVER,
      subjectAltName: undefined,
      extensions: [
        {
          oid: OID.subjectAltName,
          critical: true,
          value: Buffer.from('3012821068 6f73742e6578616d706c652e636f6d'.replace(' ', ''), 'hex'),
        },
      ],
    },
    ['extension_criticality'],
  ],
  [
    'refuses a common name that is no alternative name',
    { ...SERVER, subjectAltName: [{ type: 'dns', value: 'other.example.com' }] },
    ['extension_inconsistent'],
  ],
  [
    'compares a common name with its own kind',
    { ...SERVER, subjectAltName: [{ type: 'ip', value: '192.0.2.1' }] },
    [],
  ],
  ['refuses a CA as a leaf', { ...SERVER, basicConstraints: { ca: true } }, ['extension_inconsistent']],
  [
    'refuses a root with an extended key usage',
    SERVER,
    ['extension_forbidden'],
    { anchor: { extendedKeyUsage: ['serverAuth'] } },
  ],
  [
    'refuses a CA without key usage',
    SERVER,
    ['extension_missing'],
    { intermediate: { keyUsage: undefined } },
  ],
  [
    'accepts name constraints that are not critical',
    SERVER,
    [],
    {
      intermediate: {
        extensions: [
          { oid: OID.nameConstraints, value: Buffer.from('3011a00f300d820b6578616d706c652e636f6d', 'hex') },
        ],
      },
    },
  ],
];

const S_MIME: readonly Row[] = [
  ['accepts what it should', MAIL, []],
  [
    'refuses a leaf without extended key usage',
    { ...MAIL, extendedKeyUsage: undefined },
    ['extension_missing'],
  ],
  [
    'refuses serverAuth beside it',
    { ...MAIL, extendedKeyUsage: ['emailProtection', 'serverAuth'] },
    ['extension_forbidden'],
  ],
  ['refuses a leaf without key usage', { ...MAIL, keyUsage: undefined }, ['extension_missing']],
  [
    'refuses a root with an extended key usage',
    MAIL,
    ['extension_forbidden'],
    { anchor: { extendedKeyUsage: ['emailProtection'] } },
  ],
  [
    'refuses an intermediate that signs no CRLs',
    MAIL,
    ['extension_inconsistent'],
    { intermediate: { keyUsage: ['keyCertSign'] } },
  ],
  [
    'refuses an intermediate for any purpose',
    MAIL,
    ['extension_forbidden'],
    { intermediate: { extendedKeyUsage: ['emailProtection', OID.anyExtendedKeyUsage] } },
  ],
];

describe('under rfc5280, validatePath', () => {
  for (const [what, leaf, expected, parts] of RFC_5280) {
    it(what, async () => assert.deepEqual(await codes('rfc5280', 'serverAuth', leaf, parts), expected));
  }

  it('refuses usages that a signing key cannot have', async () => {
    const anchor = await TestAuthority.root('CN=R');
    for (const [usage, valid] of [
      ['digitalSignature', true],
      ['keyAgreement', false],
    ] as const) {
      const keys = generateKeyPairSync('ed25519');
      const leaf = await anchor.leaf('CN=a', { keyUsage: ['digitalSignature', usage] }, keys);
      const result = await validatePath({ leaf, anchors: [anchor.certificate], at: NOW, policy: 'rfc5280' });
      assert.equal(result.valid, valid);
    }
  });
});

describe('under webpki, validatePath', () => {
  for (const [what, leaf, expected, parts] of WEB_PKI) {
    it(what, async () => assert.deepEqual(await codes('webpki', 'serverAuth', leaf, parts), expected));
  }

  it('refuses authority key identifiers that name more or less than a key', async () => {
    for (const parts of [['serial'], ['key', 'serial']] as const) {
      const extension = { oid: OID.authorityKeyIdentifier, value: authorityNaming(parts) };
      const { rawCertificate } = await import('../testing/raw-certificate.ts');
      const sans = encodeDer((writer) =>
        writer.sequence(() => writer.string(contextPrimitive(2), NAMES[0].value)),
      );
      const leaf = rawCertificate(
        {
          subject: `CN=${NAMES[0].value}`,
          extensions: [extension, { oid: OID.subjectAltName, value: sans }],
        },
        root.keys,
      );
      const result = await validatePath({ leaf, anchors: [root.certificate], at: NOW, policy: 'webpki' });
      assert.ok(!result.valid);
      assert.ok(result.failures.some(({ rule }) => rule === 'CA/Browser Forum BR §7.1.2.11.1'));
    }
  });
});

describe('with the purpose emailProtection, validatePath', () => {
  for (const [what, leaf, expected, parts] of S_MIME) {
    it(what, async () => assert.deepEqual(await codes('rfc5280', 'emailProtection', leaf, parts), expected));
  }
});

describe('without a policy, validatePath', () => {
  it('asks for nothing that RFC 5280 §6 does not', async () => {
    const anchor = { keyUsage: undefined, subjectKeyIdentifier: Buffer.alloc(0) };
    const odd = { extendedKeyUsage: undefined, subjectAltName: [{ type: 'dns', value: 'a_b' }] } as const;
    const intermediate = {
      nameConstraints: { permitted: [{ type: 'dns', value: '' }] },
      keyUsage: undefined,
    } as const;
    assert.deepEqual(await codes(undefined, 'serverAuth', odd, { anchor, intermediate }), []);
  });
});
