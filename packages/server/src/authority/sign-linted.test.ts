import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { CertificateFields, Signer } from '@mortise/x509';
import { createKeySigner, nameConstraintsOf } from '@mortise/x509';
import { AuthorityError } from './authority-error.ts';
import { signLinted } from './sign-linted.ts';
import { openHouse } from './testing/open-house.ts';
import { withCode } from './testing/with-code.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A signer that tells what it signed. */
function watched(): { signer: Signer; signed: Buffer[] } {
  const signer = createKeySigner(privateKey);
  const signed: Buffer[] = [];
  const sign: Signer['sign'] = (tbs) => {
    signed.push(Buffer.from(tbs));
    return signer.sign(tbs);
  };
  return { signer: { ...signer, sign }, signed };
}

const good: CertificateFields = {
  subject: 'CN=a.example',
  issuer: 'CN=Authority',
  notBefore: 1_800_000_000_000,
  notAfter: 1_800_086_400_000,
  publicKey,
  basicConstraints: { ca: false },
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: ['serverAuth'],
  subjectAltName: [{ type: 'dns', value: 'a.example' }],
};

test("the authority's key signs the very octets that were looked at, once", async () => {
  const { signer, signed } = watched();
  const certificate = await signLinted(good, { keyType: 'ec-p256', signer });
  assert.equal(signed.length, 1);
  assert.ok(certificate.der.includes(signed[0]!));
});

for (const [code, wrong] of [
  ['validity_not_positive', { notAfter: Number(good.notBefore) - 1000 }],
  ['leaf_key_cert_sign', { keyUsage: ['digitalSignature', 'keyCertSign'] }],
  ['uri_relative', { subjectAltName: [{ type: 'uri', value: 'a/b' }] }],
  ['subject_empty_without_alt_name', { subject: '', subjectAltName: [] }],
  ['issue_invalid', { subjectAltName: [{ type: 'ip', value: 'x' }] }],
] as const satisfies readonly (readonly [string, Partial<CertificateFields>])[]) {
  test(`a certificate with the fault ${code} is refused before the authority's key is used, and it is said which`, async () => {
    const { signer, signed } = watched();
    await assert.rejects(
      signLinted({ ...good, ...wrong }, { keyType: 'ec-p256', signer }),
      (error: unknown) => {
        assert.ok(error instanceof AuthorityError);
        assert.equal(error.code, 'lint_failed');
        assert.ok(error.values.includes(code), String(error.values));
        return true;
      },
    );
    assert.deepEqual(signed, []);
  });
}

test('a name that an authority above may not certify is refused before its key is used', async () => {
  const { signer, signed } = watched();
  const constraints = [nameConstraintsOf({ permitted: [{ type: 'dns', value: 'b.example' }] })];
  const refused = signLinted(good, { keyType: 'ec-p256', signer }, constraints);
  await assert.rejects(refused, withCode('name_not_allowed'));
  assert.deepEqual(signed, []);
});

test('a profile that makes faulty certificates issues none, and nothing is recorded', async (t) => {
  const { authority } = await openHouse(t);
  const document = {
    based_on: 'server',
    // OCSP no check, which is NULL, with something else in it.
    extensions: [{ oid: '2.5.29.54', critical: true, value: 'AgH/' }],
  };
  await authority.profiles.create({ name: 'odd', document, actor: 'cli' });
  const issuing = authority.issue({ profile: 'odd', names: ['a.example'], actor: 'cli' });
  await assert.rejects(issuing, withCode('lint_failed'));
  assert.deepEqual(await authority.listCertificates({ limit: 10 }), []);
});
