import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { OID } from '../../asn1/oids.ts';
import { X509Error } from '../../errors.ts';
import { createCertificate } from '../../issuing/create-certificate.ts';
import { createKeySigner } from '../../keys/signer.ts';
import type { Certificate } from '../certificate.ts';

const signer = createKeySigner(generateKeyPairSync('ed25519').privateKey);

function make(oid: string, hex: string): Promise<Certificate> {
  return createCertificate(
    {
      subject: 'CN=a',
      issuer: 'CN=ca',
      notBefore: 0,
      notAfter: 1e12,
      publicKey: signer.publicKey,
      extensions: [{ oid, value: Buffer.from(hex.replaceAll(' ', ''), 'hex') }],
    },
    signer,
  );
}

type Field = Exclude<keyof Certificate & string, 'verifySignature' | 'extension' | 'equals' | 'toPem'>;

describe('extensions of RFC 5280', () => {
  const decoded: readonly (readonly [Field, string, string, unknown])[] = [
    ['basicConstraints', OID.basicConstraints, '3000', { ca: false, pathLength: undefined }],
    ['basicConstraints', OID.basicConstraints, '3003 0101ff', { ca: true, pathLength: undefined }],
    ['basicConstraints', OID.basicConstraints, '3006 0101ff 020100', { ca: true, pathLength: 0 }],
    ['basicConstraints', OID.basicConstraints, '3003 010100', { ca: false, pathLength: undefined }],
    ['basicConstraints', OID.basicConstraints, '3003 020105', { ca: false, pathLength: 5 }],
    ['keyUsage', OID.keyUsage, '03020780', new Set(['digitalSignature'])],
    ['keyUsage', OID.keyUsage, '0303070680', new Set(['keyCertSign', 'cRLSign', 'decipherOnly'])],
    ['keyUsage', OID.keyUsage, '030100', new Set()],
    ['extendedKeyUsage', OID.extKeyUsage, '300a 06082b06010505070301', [OID.serverAuth]],
    ['inhibitAnyPolicy', OID.inhibitAnyPolicy, '020102', 2],
    [
      'policyConstraints',
      OID.policyConstraints,
      '3003 800100',
      { requireExplicitPolicy: 0, inhibitPolicyMapping: undefined },
    ],
    [
      'policyConstraints',
      OID.policyConstraints,
      '3006 800100 810101',
      { requireExplicitPolicy: 0, inhibitPolicyMapping: 1 },
    ],
    [
      'policyMappings',
      OID.policyMappings,
      '300a 3008 06022a03 06022a04',
      [{ issuerDomainPolicy: '1.2.3', subjectDomainPolicy: '1.2.4' }],
    ],
    [
      'nameConstraints',
      OID.nameConstraints,
      '3009 a007 3005 8203 2e6578',
      { permitted: [{ base: { type: 'dns', value: '.ex' }, minimum: 0, maximum: undefined }], excluded: [] },
    ],
    [
      'freshestCrl',
      OID.freshestCRL,
      '300b 3009 a007 a005 8603 612f62',
      [{ name: { fullName: [{ type: 'uri', value: 'a/b' }] }, reasons: undefined, crlIssuer: undefined }],
    ],
    [
      'authorityInformationAccess',
      OID.authorityInfoAccess,
      '3011 300f 06082b06010505073001 8603612f62',
      [{ method: OID.ocsp, location: { type: 'uri', value: 'a/b' } }],
    ],
    [
      'subjectInformationAccess',
      OID.subjectInfoAccess,
      '3011 300f 06082b06010505073005 8603612f62',
      [{ method: OID.caRepository, location: { type: 'uri', value: 'a/b' } }],
    ],
    ['subjectAltName', OID.subjectAltName, '3003 820161', [{ type: 'dns', value: 'a' }]],
    ['issuerAltName', OID.issuerAltName, '3003 810161', [{ type: 'email', value: 'a' }]],
    ['tlsFeature', OID.tlsFeature, '3003 020105', [5]],
    [
      'subjectDirectoryAttributes',
      OID.subjectDirectoryAttributes,
      '300b 3009 06022a03 3103 0c0161',
      [{ oid: '1.2.3', values: [Buffer.from('0c0161', 'hex')] }],
    ],
  ];
  for (const [field, oid, hex, expected] of decoded) {
    it(`decodes ${field} ${hex}`, async () => {
      const certificate = await make(oid, hex);
      assert.deepEqual(certificate[field], expected);
      assert.equal(certificate[field], certificate[field]);
    });
  }

  it('decodes policy qualifiers, keeping those that it does not know', async () => {
    const cps = '3011 06082b06010505070201 1605 612f622f63';
    const notice = '3015 06082b06010505070202 3009 0c07 6e6f7469636521';
    const other = '3007 06022a09 020105';
    const information = `3037 06022a03 3031 ${cps} ${notice} ${other}`.replaceAll(' ', '');
    const length = information.length / 2;
    const fixed = information
      .replace(/^3037/, `30${(length - 2).toString(16)}`)
      .replace(/06022a033031/, `06022a0330${(length - 8).toString(16)}`);
    const certificate = await make(OID.certificatePolicies, `30${length.toString(16)}${fixed}`);
    const [policy] = certificate.certificatePolicies ?? [];
    assert.equal(policy?.oid, '1.2.3');
    assert.equal(policy?.qualifiers[0]?.cps, 'a/b/c');
    assert.equal(policy?.qualifiers[1]?.notice, 'notice!');
    assert.deepEqual(policy?.qualifiers[2], { oid: '1.2.9', qualifier: Buffer.of(2, 1, 5) });
  });

  it('decodes the reasons, the issuer and a relative name of distribution points', async () => {
    const certificate = await make(
      OID.cRLDistributionPoints,
      '301c 3008 8102 0560 a202 8200 3010 a00e a10c 300a 0603550403 0c03 612f62',
    );
    const [first, second] = certificate.crlDistributionPoints ?? [];
    assert.deepEqual(first?.reasons, new Set(['keyCompromise', 'cACompromise']));
    assert.deepEqual(first?.crlIssuer, [{ type: 'dns', value: '' }]);
    assert.equal(first?.name, undefined);
    assert.equal(second?.name?.relativeName?.toString('hex'), '300a06035504030c03612f62');
  });

  it('decodes an authority key identifier with issuer and serial number', async () => {
    const certificate = await make('2.5.29.46', '3000');
    assert.throws(() => certificate.freshestCrl, { code: 'der_truncated' });
    const { readAuthorityKeyIdentifier } = await import('./authority-key-identifier.ts');
    const { DerReader } = await import('../../asn1/der-reader.ts');
    const read = (hex: string) => readAuthorityKeyIdentifier(new DerReader(Buffer.from(hex, 'hex'), 'aki'));
    assert.deepEqual(read('300c800101a10482026162820105'), {
      keyIdentifier: Buffer.of(1),
      issuer: [{ type: 'dns', value: 'ab' }],
      serialBytes: Buffer.of(5),
    });
    assert.deepEqual(read('3000'), {});
    assert.throws(() => read('3002a100'), { code: 'extension_invalid' });
    assert.throws(() => read('3003830105'), { code: 'der_trailing_data' });
  });

  const malformed: readonly (readonly [Field, string, string])[] = [
    ['basicConstraints', OID.basicConstraints, '3003 0101 01'],
    ['basicConstraints', OID.basicConstraints, '3006 0101ff 0201ff'],
    ['basicConstraints', OID.basicConstraints, '300a 0101ff 0205 0100000000'],
    ['basicConstraints', OID.basicConstraints, '3003 0101ff 0500'],
    ['basicConstraints', OID.basicConstraints, '0500'],
    ['keyUsage', OID.keyUsage, '0302 07ff'],
    ['keyUsage', OID.keyUsage, ''],
    ['extendedKeyUsage', OID.extKeyUsage, '3000'],
    ['extendedKeyUsage', OID.extKeyUsage, '3002 0500'],
    ['subjectAltName', OID.subjectAltName, '3000'],
    ['subjectAltName', OID.subjectAltName, '3005 8703 010203'],
    ['nameConstraints', OID.nameConstraints, '3000'],
    ['nameConstraints', OID.nameConstraints, '3002 a000'],
    ['nameConstraints', OID.nameConstraints, '300a a008 3006 8704 0a000000'],
    ['nameConstraints', OID.nameConstraints, '300a a108 3006 8201 61 8101ff'],
    ['certificatePolicies', OID.certificatePolicies, '3000'],
    ['certificatePolicies', OID.certificatePolicies, '300c 3004 06022a03 3004 06022a03'],
    ['certificatePolicies', OID.certificatePolicies, '3008 3006 06022a03 3000'],
    ['policyMappings', OID.policyMappings, '3000'],
    ['policyConstraints', OID.policyConstraints, '3000'],
    ['inhibitAnyPolicy', OID.inhibitAnyPolicy, '0201ff'],
    ['crlDistributionPoints', OID.cRLDistributionPoints, '3000'],
    ['authorityInformationAccess', OID.authorityInfoAccess, '3000'],
    ['subjectDirectoryAttributes', OID.subjectDirectoryAttributes, '3000'],
    ['tlsFeature', OID.tlsFeature, '3005 0203 010000'],
  ];
  for (const [field, oid, hex] of malformed) {
    it(`refuses ${field} ${hex}`, async () => {
      const certificate = await make(oid, hex);
      assert.throws(() => certificate[field], X509Error);
      assert.throws(() => certificate[field], X509Error, 'a failure is not kept as absence');
    });
  }

  it('answers undefined for what is absent', async () => {
    const certificate = await make('1.2.3', '0500');
    for (const [field] of decoded) assert.equal(certificate[field], undefined);
    assert.equal(certificate.authorityKeyIdentifier?.issuer, undefined);
  });
});
