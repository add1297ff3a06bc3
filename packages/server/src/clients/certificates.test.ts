import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { certificateCredential, readClientCertificate } from './certificates.ts';
import { ecKeys, selfSigned } from './testing/certificates.ts';
import { refusal } from './testing/refusals.ts';
import { startOfTime as now } from './testing/test-clients.ts';

test('a certificate is read as DER and as PEM, whoever signed it', async () => {
  const certificate = await selfSigned({ ca: true });
  assert.equal(readClientCertificate(certificate.der, now).thumbprint, certificate.thumbprint);
  assert.equal(readClientCertificate(certificate.toPem(), now).thumbprint, certificate.thumbprint);
});

test('a credential of a registered certificate keeps it; of an issued one the authority does', async () => {
  const certificate = await selfSigned({ subject: 'CN=pay' });
  const registered = certificateCredential(certificate, { createdAt: 1, expiresAt: 2, id: 'cred_1' });
  assert.deepEqual(registered, {
    kind: 'certificate',
    id: 'cred_1',
    createdAt: 1,
    expiresAt: 2,
    x5t: certificate.thumbprint,
    fingerprint256: certificate.fingerprint256,
    serialNumber: certificate.serialNumber,
    subject: 'CN=pay',
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    der: certificate.der,
  });
  const issued = certificateCredential(certificate, { createdAt: 1, authorityId: 'auth_1' });
  assert.equal(issued.der, undefined);
  assert.equal(issued.authorityId, 'auth_1');
  assert.match(issued.id, /^cred_[A-Za-z0-9_-]{16}$/);
});

test('certificates that cannot authenticate are refused', async () => {
  const certificate = await selfSigned();
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const p224 = ecKeys('P-224');
  const refused: [string, Uint8Array | string][] = [
    ['nothing', ''],
    ['no certificate', 'hello'],
    ['broken DER', certificate.der.subarray(0, -1)],
    ['PEM of something else', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'],
    ['two certificates', certificate.toPem() + certificate.toPem()],
    ['one that is over', (await selfSigned({ notAfter: now - 1000 })).der],
    ['one with RSA of 1024 bits', (await selfSigned({ keys: weak })).der],
    ['one on P-224', (await selfSigned({ keys: p224, signedBy: ecKeys() })).der],
    ['one of 20 KiB', (await selfSigned({ names: [{ type: 'uri', value: `x:${'y'.repeat(20_000)}` }] })).der],
  ];
  for (const [what, input] of refused) {
    assert.throws(() => readClientCertificate(input, now), refusal('certificate_invalid'), what);
  }
  assert.throws(() => readClientCertificate('', now, 'jwks'), refusal('certificate_invalid', 'jwks'));
});
