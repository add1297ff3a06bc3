import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { createCertificateRequest } from '../issuing/create-certificate-request.ts';
import { withoutOpenssl } from '../issuing/testing/openssl.ts';
import { createKeySigner } from '../keys/signer.ts';
import { CertificateRequest } from './certificate-request.ts';

describe('CertificateRequest', () => {
  it('is made, and the openssl command verifies and prints it', { skip: withoutOpenssl }, async () => {
    const signer = createKeySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const request = await createCertificateRequest({
      subject: 'CN=web,O=Example',
      subjectAltName: [{ type: 'dns', value: 'web.example.com' }],
      keyUsage: ['digitalSignature'],
      signer,
    });
    assert.equal(request.verifySignature(), true);
    const text = execFileSync('openssl', ['req', '-verify', '-noout', '-text'], {
      input: request.toPem(),
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    assert.match(text, /DNS:web\.example\.com/);
    assert.match(text, /Digital Signature/);
  });

  it('is read from what the openssl command makes', { skip: withoutOpenssl }, async () => {
    const pem = execFileSync(
      'openssl',
      [
        'req',
        '-new',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        '/dev/null',
        '-subj',
        '/C=DE/O=Example/CN=a',
        '-addext',
        'subjectAltName=DNS:a.example,IP:::1',
        '-addext',
        'keyUsage=critical,digitalSignature',
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const request = CertificateRequest.parse(pem);
    assert.equal(request.subject.toString(), 'CN=a,O=Example,C=DE');
    assert.equal(request.verifySignature(), true);
    assert.deepEqual(
      request.subjectAltName?.map((name) => 'value' in name && name.value),
      ['a.example', '::1'],
    );
    assert.equal(request.extension('2.5.29.15')?.critical, true);
    assert.equal(request.publicKeyInfo.kind, 'rsa');
    const tampered = Buffer.from(request.der);
    tampered[tampered.indexOf('a.example')]! ^= 1;
    assert.equal(CertificateRequest.parse(tampered).verifySignature(), false);
    assert.equal(await request.verifySignatureOnThread(), true);
    assert.equal(await CertificateRequest.parse(tampered).verifySignatureOnThread(), false);
  });

  it('refuses other versions, trailing data, PEM of something else, and too much', async () => {
    const signer = createKeySigner(generateKeyPairSync('ed25519').privateKey);
    const { der } = await createCertificateRequest({ subject: 'CN=a', signer });
    const version = Buffer.from(der);
    version[version.indexOf(Buffer.of(2, 1, 0)) + 2] = 1;
    assert.throws(() => CertificateRequest.parse(version), { code: 'request_invalid' });
    assert.throws(() => CertificateRequest.parse(Buffer.concat([der, Buffer.of(0)])), {
      code: 'der_trailing_data',
    });
    assert.throws(() => CertificateRequest.parse('-----BEGIN X-----\nAAAA\n-----END X-----\n'), {
      code: 'pem_invalid',
    });
    assert.throws(() => CertificateRequest.parse(Buffer.alloc(300_000, 0x30)), { code: 'der_too_large' });
  });
});
