import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { Certificate } from '../certificates/certificate.ts';
import { X509Error } from '../errors.ts';
import { createKeySigner, type Signer } from '../keys/signer.ts';
import { type CertificateFields, createCertificate, signAgain } from './create-certificate.ts';

const [worthlessKeys, ownKeys] = [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
const worthless = createKeySigner(worthlessKeys!.privateKey);
const own = createKeySigner(ownKeys!.privateKey);

const fields: CertificateFields = {
  subject: 'CN=a.example',
  issuer: 'CN=Authority',
  notBefore: Date.UTC(2026, 0, 1),
  notAfter: Date.UTC(2027, 0, 1),
  publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: ['serverAuth'],
  subjectAltName: [{ type: 'dns', value: 'a.example' }],
};

/** Whatever of it can be asked for, signature and digests of the whole aside. */
function contents(certificate: Certificate): unknown {
  const { serialNumber, version, notBefore, notAfter, subjectPublicKeyInfo, spkiSha256 } = certificate;
  const { tbsCertificate, tbsSignatureAlgorithm, signatureAlgorithm, subjectAltName, keyUsage } = certificate;
  return {
    ...{ serialNumber, version, notBefore, notAfter, subjectPublicKeyInfo, spkiSha256, tbsCertificate },
    ...{ tbsSignatureAlgorithm, signatureAlgorithm, subjectAltName, keyUsage },
    names: [certificate.subject.toString(), certificate.issuer.toString()],
    validity: certificate.validity,
    extensions: certificate.extensions.map(({ oid, critical, value }) => ({ oid, critical, value })),
  };
}

/** Before the copy was looked into, and after. */
for (const lookedInto of [false, true]) {
  test(`a certificate signed again is what its DER says, ${lookedInto ? 'where the copy was looked into' : 'and nothing of the copy'}`, async () => {
    const copy = await createCertificate(fields, worthless);
    if (lookedInto) void [contents(copy), copy.fingerprint256, copy.thumbprint, copy.signatureAlgorithm];
    const again = await signAgain(copy, own);
    const read = Certificate.parse(again.der);
    assert.deepEqual(contents(again), contents(read));
    assert.deepEqual(again.tbsCertificate, copy.tbsCertificate);
    assert.deepEqual(again.signature, read.signature);
    assert.notDeepEqual(again.signature, copy.signature);
    assert.equal(again.fingerprint256, read.fingerprint256);
    assert.equal(again.thumbprint, read.thumbprint);
    assert.equal(again.verifySignature(ownKeys!.publicKey), true);
    assert.equal(again.verifySignature(worthlessKeys!.publicKey), false);
    assert.equal(new X509Certificate(again.der).verify(ownKeys!.publicKey), true);
  });
}

/** Answers as many octets as it is told. */
function answering(length: number): Signer {
  return { ...own, sign: () => Buffer.alloc(length, 1) };
}

test('also where the other signature needs more octets for the length in front of all', async () => {
  const short = await createCertificate(fields, answering(1));
  const length = 65_536 - short.tbsCertificate.length;
  for (const [before, after] of [
    [1, 70_000],
    [70_000, 1],
    [length - 40, length],
  ] as const) {
    const copy = await createCertificate(fields, answering(before));
    const again = await signAgain(copy, answering(after));
    assert.equal(again.signature.length, after);
    assert.deepEqual(contents(again), contents(Certificate.parse(again.der)));
  }
});

test('a signer of another algorithm than the octets name signs nothing that is given out', async () => {
  const copy = await createCertificate(fields, worthless);
  const ed25519 = createKeySigner(generateKeyPairSync('ed25519').privateKey);
  await assert.rejects(
    signAgain(copy, ed25519),
    (error: unknown) => error instanceof X509Error && error.code === 'issue_invalid',
  );
});
