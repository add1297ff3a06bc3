import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { encodeDer } from '../asn1/der-writer.ts';
import { OID } from '../asn1/oids.ts';
import { spkiOf } from '../keys/spki.ts';
import { createCrl } from '../revocation/crl/create-crl.ts';
import type { PathFailureCode } from './failure.ts';
import type { ValidatePathOptions } from './options.ts';
import { authorityKeyIdentifier, type RawFields, rawCertificate } from './testing/raw-certificate.ts';
import { NOW, p256, TestAuthority } from './testing/test-authority.ts';
import { validatePath } from './validate-path.ts';

const root = await TestAuthority.root('CN=Root');
const intermediate = await root.authority('CN=Intermediate');
const UNKNOWN = { oid: '1.3.6.1.4.1.55738.666.1', critical: true, value: Buffer.of(5, 0) };
const aki = authorityKeyIdentifier(root.certificate.subjectKeyIdentifier!);

type Overrides = Parameters<TestAuthority['leaf']>[1];

/** A leaf by the root that only the overrides make bad. */
async function leaf(
  overrides: Overrides,
  options: Partial<ValidatePathOptions> = {},
): Promise<ValidatePathOptions> {
  return { leaf: await root.leaf('CN=Leaf', overrides), anchors: [root.certificate], at: NOW, ...options };
}

/** A leaf by an intermediate that only the overrides make bad. */
async function below(
  overrides: Overrides,
  options: Partial<ValidatePathOptions> = {},
): Promise<ValidatePathOptions> {
  const authority = await root.authority('CN=Odd', overrides);
  const certificates = [authority.certificate];
  return {
    leaf: await authority.leaf('CN=Leaf'),
    certificates,
    anchors: [root.certificate],
    at: NOW,
    ...options,
  };
}

/** A leaf by the root with fields that nobody should issue, held to the profile of RFC 5280. */
function raw(fields: RawFields, options: Partial<ValidatePathOptions> = {}): ValidatePathOptions {
  const extensions = [aki, ...(fields.extensions ?? [])];
  const certificate = rawCertificate({ ...fields, extensions }, root.keys);
  return { leaf: certificate, anchors: [root.certificate], at: NOW, policy: 'rfc5280', ...options };
}

/** What provokes each code; a code without an entry does not compile. */
const CASES: Readonly<Record<PathFailureCode, () => ValidatePathOptions | Promise<ValidatePathOptions>>> = {
  no_path: async () => await leaf({}, { anchors: [] }),
  signature_invalid: async () => {
    const namesake = await TestAuthority.root('CN=Root');
    return await leaf({}, { anchors: [namesake.certificate] });
  },
  depth_exceeded: async () => await below({}, { maxDepth: 0 }),
  budget_exhausted: async () => await below({}, { maxWorkUnits: 1.5 }),
  certificate_malformed: () =>
    raw({ extensions: [{ oid: OID.subjectAltName, value: Buffer.from('example.com') }] }),
  expired: async () => await leaf({}, { at: NOW + 400 * 86_400_000 }),
  not_yet_valid: async () => await leaf({ notBefore: NOW + 1000 }),
  unknown_critical_extension: async () => await leaf({ extensions: [UNKNOWN] }),
  algorithm_mismatch: () => raw({ outerAlgorithm: OID.ecdsaWithSha384 }),
  algorithm_weak: () => raw({ innerAlgorithm: OID.ecdsaWithSha1, hash: 'sha1' }),
  algorithm_unsupported: () => raw({ innerAlgorithm: '1.2.3.4' }),
  key_weak: () => raw({ spki: spkiOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey) }),
  key_unsupported: () => raw({ spki: spkiOf(generateKeyPairSync('x25519').publicKey) }),
  not_a_ca: async () => await below({ basicConstraints: { ca: false } }),
  key_usage_missing_cert_sign: async () => await below({ keyUsage: ['cRLSign'] }),
  key_usage_mismatch: async () => await leaf({ keyUsage: ['keyEncipherment'] }, { purpose: 'clientAuth' }),
  purpose_mismatch: async () => await leaf({ extendedKeyUsage: ['serverAuth'] }, { purpose: 'clientAuth' }),
  version_invalid: () => raw({}, { policy: 'webpki', leaf: rawCertificate({ version: 1 }, root.keys) }),
  serial_invalid: () => raw({ serial: Buffer.of(0) }),
  issuer_empty: () => raw({ issuer: '' }),
  subject_empty: () => raw({ subject: '' }),
  extension_criticality: () =>
    raw({ extensions: [{ oid: OID.authorityInfoAccess, critical: true, value: ocspAt('http://o') }] }),
  extension_missing: () => ({ ...raw({}), leaf: rawCertificate({ extensions: [] }, root.keys) }),
  extension_forbidden: async () =>
    await leaf(
      { nameConstraints: { permitted: [{ type: 'dns', value: 'example.com' }] } },
      { policy: 'rfc5280' },
    ),
  extension_inconsistent: async () => await leaf({ keyUsage: ['keyCertSign'] }, { policy: 'rfc5280' }),
  validity_invalid: () => raw({ notBefore: NOW, notAfter: NOW - 1000 }),
  path_length_exceeded: async () => {
    const short = await root.authority('CN=Short', { basicConstraints: { ca: true, pathLength: 0 } });
    const deep = await short.authority('CN=Deep');
    const certificates = [short.certificate, deep.certificate];
    return { leaf: await deep.leaf('CN=Leaf'), certificates, anchors: [root.certificate], at: NOW };
  },
  name_constraint_violated: async () =>
    await below({ nameConstraints: { permitted: [{ type: 'dns', value: 'example.org' }] } }),
  name_constraint_unsupported: async () =>
    await below({ nameConstraints: { permitted: [{ type: 'dns', value: '*.example.com' }] } }),
  policy_not_acceptable: async () => await leaf({}, { requireExplicitPolicy: true }),
  policy_mapping_invalid: async () =>
    await below({
      certificatePolicies: ['2.5.29.32.0'],
      policyMappings: [{ issuerDomainPolicy: '2.5.29.32.0', subjectDomainPolicy: '1.2.3' }],
    }),
  name_mismatch: async () => await leaf({}, { name: { type: 'dns', value: 'other.example.com' } }),
  revoked: async () => {
    const certificate = await root.leaf('CN=Revoked');
    const crl = await createCrl(
      {
        issuer: root.certificate,
        thisUpdate: NOW - 1000,
        nextUpdate: NOW + 1000,
        crlNumber: 1,
        entries: [{ serialNumber: certificate.serialBytes, revokedAt: NOW - 2000, reason: 'keyCompromise' }],
      },
      root.signer,
    );
    return { leaf: certificate, anchors: [root.certificate], at: NOW, crls: [crl] };
  },
  revocation_unknown: async () => await leaf({}, { revocation: 'require' }),
};

function ocspAt(uri: string): Buffer {
  return encodeDer((writer) => {
    writer.sequence(() => {
      writer.sequence(() => {
        writer.oid(OID.ocsp);
        writer.string(0x86, uri);
      });
    });
  });
}

describe('validatePath refuses', () => {
  for (const [code, options] of Object.entries(CASES)) {
    it(`with ${code}`, async () => {
      const result = await validatePath(await options());
      assert.equal(result.valid, false);
      const failure = result.failures.find((one) => one.code === code);
      assert.ok(
        failure,
        `found only ${result.failures.map((one) => `${one.code}: ${one.message}`).join('; ')}`,
      );
      assert.notEqual(failure.rule, '');
      assert.notEqual(failure.message, '');
    });
  }

  it('a leaf that is not DER, without throwing', async () => {
    const result = await validatePath({ leaf: Buffer.from('rubbish'), anchors: [root.certificate], at: NOW });
    assert.equal(result.valid, false);
    assert.equal(result.failures[0]?.code, 'certificate_malformed');
  });

  it('by throwing TypeError where the options make no sense', async () => {
    const good = await leaf({});
    await assert.rejects(validatePath({ ...good, at: Number.NaN }), TypeError);
    await assert.rejects(validatePath({ ...good, at: undefined as unknown as number }), TypeError);
    await assert.rejects(validatePath({ ...good, purpose: 'coffee' }), TypeError);
    await assert.rejects(validatePath({ ...good, policy: 'lax' as 'webpki' }), TypeError);
    await assert.rejects(validatePath({ ...good, revocation: 'never' as 'require' }), TypeError);
  });

  it('names every failure of a leaf, and no other candidate, where a path holds', async () => {
    const options = await leaf(
      { extendedKeyUsage: ['serverAuth'], extensions: [UNKNOWN] },
      { purpose: 'clientAuth' },
    );
    const stranger = await TestAuthority.root('CN=Root', { notAfter: NOW - 1000 });
    const result = await validatePath({ ...options, certificates: [stranger.certificate] });
    assert.ok(!result.valid);
    assert.deepEqual(result.failures.map(({ code }) => code).sort(), [
      'purpose_mismatch',
      'unknown_critical_extension',
    ]);
  });

  for (const [purpose, keyUsage] of [
    ['codeSigning', 'keyEncipherment'],
    ['timeStamping', 'keyAgreement'],
    ['OCSPSigning', 'keyEncipherment'],
    ['emailProtection', 'cRLSign'],
    ['serverAuth', 'nonRepudiation'],
  ] as const) {
    it(`with a key usage that does not go with ${purpose}`, async () => {
      const options = await leaf({ extendedKeyUsage: [purpose], keyUsage: [keyUsage] }, { purpose });
      const result = await validatePath(options);
      assert.ok(!result.valid);
      assert.deepEqual(
        result.failures.map(({ code }) => code),
        ['key_usage_mismatch'],
      );
    });
  }

  it('with a qualifier of a critical policy that nobody can interpret, and with none that is not critical', async () => {
    const value = Buffer.from('3011300f06032a03043008300606022a030500', 'hex');
    const known = Buffer.from('301e301c06032a03043015301306082b06010505070201160761626364656667', 'hex');
    for (const [critical, extension, code] of [
      [true, value, ['unknown_critical_extension']],
      [false, value, []],
      [true, known, []],
    ] as const) {
      const extensions = [{ oid: OID.certificatePolicies, critical, value: extension }];
      const result = await validatePath(await leaf({ extensions }));
      assert.deepEqual(result.valid ? [] : result.failures.map((failure) => failure.code), code);
    }
  });

  it('with a path length in a certificate that is no CA, under a policy', async () => {
    const extensions = [
      { oid: OID.basicConstraints, critical: true, value: Buffer.from('3003020100', 'hex') },
    ];
    const options = await leaf({ extensions });
    assert.equal((await validatePath(options)).valid, true);
    const result = await validatePath({ ...options, policy: 'rfc5280' });
    assert.ok(!result.valid);
    assert.deepEqual(
      result.failures.map(({ code }) => code),
      ['extension_inconsistent'],
    );
  });

  it('with the codes of every candidate where none holds', async () => {
    const expired = await root.authority('CN=Two', { notAfter: NOW - 1000 }, intermediate.keys);
    const noCa = await root.authority('CN=Two', { basicConstraints: { ca: false } }, intermediate.keys);
    const certificate = await expired.leaf('CN=Leaf');
    const certificates = [expired.certificate, noCa.certificate];
    const result = await validatePath({
      leaf: certificate,
      certificates,
      anchors: [root.certificate],
      at: NOW,
    });
    assert.ok(!result.valid);
    assert.deepEqual(result.failures.map(({ code }) => code).sort(), ['expired', 'not_a_ca']);
    assert.equal(result.candidates.length, 2);
    assert.ok(result.candidates.every(({ path }) => path[0]!.equals(certificate) && path.length === 2));
  });

  it('with thousands of things wrong, of which it tells some', async () => {
    const extensions = Array.from({ length: 900 }, (_, i) => ({ ...UNKNOWN, oid: `1.3.6.1.4.1.55738.${i}` }));
    const result = await validatePath(await leaf({ extensions }));
    assert.ok(!result.valid);
    assert.equal(result.failures.length, 32);
  });

  it('with policies that no certificate shares', async () => {
    const policy = (oid: string): Overrides => ({ certificatePolicies: [oid] });
    const authority = await root.authority('CN=P', {
      ...policy('1.2.3'),
      policyConstraints: { requireExplicitPolicy: 0 },
    });
    const options = { certificates: [authority.certificate], anchors: [root.certificate], at: NOW };
    const other = await validatePath({ ...options, leaf: await authority.leaf('CN=Q', policy('1.2.4')) });
    assert.equal(other.valid, false);
    const same = await validatePath({ ...options, leaf: await authority.leaf('CN=R', policy('1.2.3')) });
    assert.ok(same.valid);
    assert.deepEqual(same.policies, ['1.2.3']);
  });

  it('an extended key usage that the intermediate does not grant, which OIDs show as well as keywords', async () => {
    const authority = await root.authority('CN=E', { extendedKeyUsage: ['serverAuth'] });
    const options = {
      leaf: await authority.leaf('CN=F'),
      certificates: [authority.certificate],
      anchors: [root.certificate],
      at: NOW,
    };
    assert.equal((await validatePath({ ...options, purpose: 'clientAuth' })).valid, false);
    assert.equal((await validatePath({ ...options, purpose: '1.3.6.1.5.5.7.3.1' })).valid, true);
  });

  it('a certificate whose key it has seen before in a loop of two authorities', async () => {
    const [a, b] = [p256(), p256()];
    const first = await TestAuthority.root('CN=A', {}, a);
    const second = await first.authority('CN=B', {}, b);
    const back = await second.authority('CN=A', {}, a);
    const certificates = [second.certificate, back.certificate];
    const result = await validatePath({
      leaf: await second.leaf('CN=Leaf'),
      certificates,
      anchors: [root.certificate],
      at: NOW,
    });
    assert.ok(!result.valid);
    assert.deepEqual(
      result.failures.map(({ code }) => code),
      ['no_path'],
    );
  });
});
