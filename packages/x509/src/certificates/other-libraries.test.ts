import assert from 'node:assert/strict';
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { describe, it } from 'node:test';
import * as pkijs from 'pkijs';
import { createCertificate } from '../issuing/create-certificate.ts';
import { createKeySigner } from '../keys/signer.ts';
import { Certificate } from './certificate.ts';
import { CertificateRequest } from './certificate-request.ts';

// @peculiar/x509 asks for the reflect-metadata polyfill; this much of it is enough.
const metadata = new WeakMap<object, Map<unknown, unknown>>();
const getMetadata = (key: unknown, target: object): unknown => metadata.get(target)?.get(key);
Object.assign(Reflect, {
  getMetadata,
  getOwnMetadata: getMetadata,
  hasOwnMetadata: (key: unknown, target: object) => metadata.get(target)?.has(key) === true,
  defineMetadata: (key: unknown, value: unknown, target: object) => {
    metadata.set(target, new Map(metadata.get(target)).set(key, value));
  },
});
const peculiar = await import('@peculiar/x509');

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

describe('other libraries', () => {
  it('read the same from what is made here', async () => {
    const signer = createKeySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const certificate = await createCertificate(
      {
        serialNumber: Buffer.from('0123456789abcdef', 'hex'),
        subject: 'CN=a,O=Müller \\+ Co',
        issuer: 'CN=ca',
        notBefore: Date.UTC(2026, 0, 1),
        notAfter: Date.UTC(2055, 0, 1),
        publicKey: signer.publicKey,
        basicConstraints: { ca: true, pathLength: 2 },
        keyUsage: ['keyCertSign', 'cRLSign'],
        extendedKeyUsage: ['clientAuth'],
        subjectAltName: [
          { type: 'dns', value: 'a.dev' },
          { type: 'uri', value: 'spiffe://a/b' },
        ],
      },
      signer,
    );
    const theirs = new peculiar.X509Certificate(certificate.toPem());
    assert.equal(theirs.serialNumber, certificate.serialNumber);
    assert.equal(theirs.notAfter.getTime(), certificate.notAfter);
    assert.equal(
      await theirs.verify({
        publicKey: await theirs.publicKey.export(webcrypto as never),
        signatureOnly: true,
      }),
      true,
    );
    assert.equal(theirs.getExtension(peculiar.BasicConstraintsExtension)?.pathLength, 2);
    assert.deepEqual(theirs.getExtension(peculiar.SubjectAlternativeNameExtension)?.names.toJSON(), [
      { type: 'dns', value: 'a.dev' },
      { type: 'url', value: 'spiffe://a/b' },
    ]);
    const third = pkijs.Certificate.fromBER(Uint8Array.from(certificate.der).buffer);
    assert.equal(third.notBefore.value.getTime(), certificate.notBefore);
    assert.deepEqual(
      third.subject.typesAndValues.map(({ type, value }) => [type, value.valueBlock.value]),
      certificate.subject.rdns.flat().map(({ type, value }) => [type, value]),
    );
    assert.equal(third.extensions?.length, certificate.extensions.length);
  });

  it('make what is read the same here', async () => {
    peculiar.cryptoProvider.set(webcrypto as never);
    const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
    const theirs = await peculiar.X509CertificateGenerator.createSelfSigned({
      serialNumber: '0a0b0c',
      name: 'CN=Test, O=Дом',
      notBefore: new Date(Date.UTC(2026, 0, 1)),
      notAfter: new Date(Date.UTC(2027, 0, 1)),
      signingAlgorithm: EC,
      keys: keys as never,
      extensions: [
        new peculiar.BasicConstraintsExtension(true, 1, true),
        new peculiar.KeyUsagesExtension(
          peculiar.KeyUsageFlags.keyCertSign | peculiar.KeyUsageFlags.decipherOnly,
          true,
        ),
        new peculiar.ExtendedKeyUsageExtension([peculiar.ExtendedKeyUsage.serverAuth]),
        new peculiar.SubjectAlternativeNameExtension([
          { type: 'ip', value: '2001:db8::1' },
          { type: 'dn', value: 'CN=x' },
        ]),
        new peculiar.CertificatePolicyExtension(['1.2.3']),
      ],
    });
    const certificate = Certificate.parse(Buffer.from(theirs.rawData));
    assert.equal(certificate.serialNumber, '0a0b0c');
    assert.equal(certificate.subject.toString(), 'O=Дом,CN=Test');
    assert.deepEqual(certificate.basicConstraints, { ca: true, pathLength: 1 });
    assert.deepEqual([...(certificate.keyUsage ?? [])], ['keyCertSign', 'decipherOnly']);
    assert.deepEqual(
      certificate.certificatePolicies?.map(({ oid }) => oid),
      ['1.2.3'],
    );
    const [ip, directory] = certificate.subjectAltName ?? [];
    assert.ok(ip?.type === 'ip' && ip.value === '2001:db8::1');
    assert.ok(directory?.type === 'directory' && directory.name.commonName === 'x');
    assert.equal(certificate.verifySignature(certificate.publicKey), true);

    const request = CertificateRequest.parse(
      Buffer.from(
        (
          await peculiar.Pkcs10CertificateRequestGenerator.create({
            name: 'CN=r',
            keys: keys as never,
            signingAlgorithm: EC,
            extensions: [new peculiar.SubjectAlternativeNameExtension([{ type: 'dns', value: 'r.dev' }])],
            attributes: [new peculiar.ChallengePasswordAttribute('x')],
          })
        ).rawData,
      ),
    );
    assert.equal(request.verifySignature(), true);
    assert.deepEqual(request.subjectAltName, [{ type: 'dns', value: 'r.dev' }]);
    assert.equal(request.attributes.length, 2);
  });
});
