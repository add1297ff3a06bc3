import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { X509Error } from '../errors.ts';
import type { SignatureAlgorithm } from '../keys/signature-algorithms.ts';
import { createKeySigner } from '../keys/signer.ts';
import { createCertificate } from './create-certificate.ts';
import { withoutOpenssl } from './testing/openssl.ts';

const NOT_BEFORE = Date.UTC(2026, 0, 1);
const NOT_AFTER = Date.UTC(2027, 0, 1);

const KEYS: readonly (readonly [
  SignatureAlgorithm,
  () => ReturnType<typeof generateKeyPairSync>['privateKey'],
])[] = [
  ['ecdsa-p256-sha256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
  ['ecdsa-p384-sha384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ['ecdsa-p521-sha512', () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey],
  ['rsa-pkcs1-sha256', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['rsa-pss-sha256', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['rsa-pss-sha384', () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey],
  ['ed25519', () => generateKeyPairSync('ed25519').privateKey],
  ['ml-dsa-44', () => generateKeyPairSync('ml-dsa-44').privateKey],
  ['ml-dsa-65', () => generateKeyPairSync('ml-dsa-65').privateKey],
  ['ml-dsa-87', () => generateKeyPairSync('ml-dsa-87').privateKey],
];

describe('createCertificate', () => {
  for (const [algorithm, generate] of KEYS) {
    it(`signs with ${algorithm}, and node:crypto and verifySignature accept it`, async () => {
      const signer = createKeySigner(generate(), algorithm);
      const certificate = await createCertificate(
        {
          subject: 'CN=Root,O=Example',
          issuer: 'CN=Root,O=Example',
          notBefore: NOT_BEFORE,
          notAfter: NOT_AFTER,
          publicKey: signer.publicKey,
          basicConstraints: { ca: true },
          keyUsage: ['keyCertSign', 'cRLSign'],
        },
        signer,
      );
      assert.equal(certificate.verifySignature(certificate.publicKey), true);
      const oracle = new X509Certificate(certificate.der);
      assert.equal(oracle.verify(oracle.publicKey), true);
      const flipped = Buffer.from(certificate.tbsCertificate);
      flipped[40]! ^= 1;
      const { verifySignature } = await import('../keys/verify-signature.ts');
      assert.equal(
        verifySignature(
          certificate.signatureAlgorithm,
          certificate.publicKey,
          flipped,
          certificate.signature,
        ),
        false,
      );
    });
  }

  it('makes a chain that the openssl command verifies and prints as asked for', {
    skip: withoutOpenssl,
  }, async () => {
    const rootSigner = createKeySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const root = await createCertificate(
      {
        subject: 'CN=Root',
        issuer: 'CN=Root',
        notBefore: NOT_BEFORE,
        notAfter: NOT_AFTER,
        publicKey: rootSigner.publicKey,
        basicConstraints: { ca: true, pathLength: 1 },
        keyUsage: ['keyCertSign', 'cRLSign'],
        nameConstraints: {
          permitted: [
            { type: 'dns', value: 'example.com' },
            { type: 'ip', value: '10.0.0.0/8' },
          ],
        },
      },
      rootSigner,
    );
    const leaf = await createCertificate(
      {
        subject: 'CN=web',
        issuer: root,
        notBefore: new Date(NOT_BEFORE + 999),
        notAfter: NOT_AFTER,
        publicKey: generateKeyPairSync('ed25519').publicKey,
        keyUsage: ['digitalSignature'],
        extendedKeyUsage: ['serverAuth', 'clientAuth'],
        subjectAltName: [
          { type: 'dns', value: 'web.example.com' },
          { type: 'ip', value: '10.1.2.3' },
          { type: 'uri', value: 'spiffe://example.com/web' },
          { type: 'email', value: 'ops@example.com' },
          { type: 'directory', name: 'CN=web' },
          { type: 'registered-id', oid: '1.2.3.4' },
        ],
        certificatePolicies: ['2.23.140.1.2.1', { oid: '1.2.3', cps: 'https://example.com/cps' }],
        crlDistributionPoints: ['http://pki.example.com/a.crl'],
        authorityInformationAccess: {
          ocsp: ['http://pki.example.com/ocsp'],
          caIssuers: ['http://pki.example.com/ca'],
        },
        tlsFeature: [5],
        extensions: [{ oid: '1.2.3.4.5', value: Buffer.of(5, 0) }],
      },
      rootSigner,
    );
    const folder = mkdtempSync(join(tmpdir(), 'x509-'));
    try {
      writeFileSync(join(folder, 'root.pem'), root.toPem());
      writeFileSync(join(folder, 'leaf.pem'), leaf.toPem());
      const verified = execFileSync(
        'openssl',
        [
          'verify',
          '-x509_strict',
          '-attime',
          String(NOT_BEFORE / 1000 + 3600),
          '-purpose',
          'sslserver',
          '-CAfile',
          join(folder, 'root.pem'),
          join(folder, 'leaf.pem'),
        ],
        { encoding: 'utf8' },
      );
      assert.match(verified, /leaf\.pem: OK/);
      const text = execFileSync('openssl', ['x509', '-in', join(folder, 'leaf.pem'), '-noout', '-text'], {
        encoding: 'utf8',
      });
      for (const part of [
        'DNS:web.example.com, IP Address:10.1.2.3, URI:spiffe://example.com/web, email:ops@example.com',
        'DirName:',
        'Registered ID:1.2.3.4',
        'CPS: https://example.com/cps',
        'URI:http://pki.example.com/a.crl',
        'OCSP - URI:http://pki.example.com/ocsp',
        'CA Issuers - URI:http://pki.example.com/ca',
        'status_request',
        'TLS Web Server Authentication, TLS Web Client Authentication',
      ])
        assert.ok(text.includes(part), part);
    } finally {
      rmSync(folder, { recursive: true });
    }
    assert.equal(leaf.notBefore, NOT_BEFORE);
    assert.deepEqual(leaf.authorityKeyIdentifier?.keyIdentifier, root.subjectKeyIdentifier);
    assert.deepEqual(root.authorityKeyIdentifier?.keyIdentifier, root.subjectKeyIdentifier);
    assert.deepEqual(leaf.tlsFeature, [5]);
    assert.equal(leaf.subject.toString(), 'CN=web');
  });

  it('marks subjectAltName critical where the subject is empty', async () => {
    const signer = createKeySigner(generateKeyPairSync('ed25519').privateKey);
    const certificate = await createCertificate(
      {
        subject: '',
        issuer: 'CN=x',
        notBefore: 0,
        notAfter: 1e12,
        publicKey: signer.publicKey,
        subjectAltName: [{ type: 'dns', value: 'a' }],
      },
      signer,
    );
    assert.equal(certificate.extension('2.5.29.17')?.critical, true);
    assert.equal(certificate.subject.empty, true);
  });

  const signer = createKeySigner(generateKeyPairSync('ed25519').privateKey);
  const base = { subject: 'CN=x', issuer: 'CN=x', notBefore: 0, notAfter: 1000, publicKey: signer.publicKey };
  const refused: readonly (readonly [string, object, string])[] = [
    ['a serial number of zero', { serialNumber: Buffer.alloc(4) }, 'issue_invalid'],
    ['a serial number of 21 octets', { serialNumber: Buffer.alloc(21, 1) }, 'issue_invalid'],
    ['20 octets whose first bit is set', { serialNumber: Buffer.alloc(20, 0x80) }, 'issue_invalid'],
    [
      'an extension given twice',
      { keyUsage: ['cRLSign'], extensions: [{ oid: '2.5.29.15', value: Buffer.of(5, 0) }] },
      'issue_invalid',
    ],
    ['a path length on a leaf', { basicConstraints: { ca: false, pathLength: 0 } }, 'issue_invalid'],
    ['a name that is not ASCII', { subjectAltName: [{ type: 'dns', value: 'ü.example' }] }, 'issue_invalid'],
    ['an IP address that is none', { subjectAltName: [{ type: 'ip', value: '1.2.3' }] }, 'issue_invalid'],
    ['a time past the year 9999', { notAfter: 253_402_300_800_000 }, 'time_invalid'],
    ['an object identifier that is none', { extendedKeyUsage: ['serverauth'] }, 'der_value_invalid'],
    ['an unknown key usage', { keyUsage: ['sign'] }, 'issue_invalid'],
    ['a subject that is no RFC 4514', { subject: 'web' }, 'name_invalid'],
  ];
  for (const [what, fields, code] of refused) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(
        createCertificate({ ...base, ...fields }, signer),
        (error: X509Error) => error.code === code,
      );
    });
  }

  it("refuses an issuer's certificate for another key, and a signer without a signature", async () => {
    const issuer = await createCertificate(base, signer);
    const other = createKeySigner(generateKeyPairSync('ed25519').privateKey);
    await assert.rejects(createCertificate({ ...base, issuer }, other), { code: 'issue_invalid' });
    await assert.rejects(createCertificate(base, { ...signer, sign: () => Buffer.alloc(0) }), {
      code: 'signing_failed',
    });
    await assert.rejects(
      createCertificate(base, { ...signer, sign: async () => Promise.reject(new Error('away')) }),
      /away/,
    );
    assert.throws(() => createKeySigner(generateKeyPairSync('x25519').privateKey), {
      code: 'key_unsupported',
    });
    assert.throws(
      () => createKeySigner(generateKeyPairSync('ed25519').privateKey, 'rsa-pkcs1-sha256'),
      X509Error,
    );
    assert.throws(() => createKeySigner(generateKeyPairSync('ed25519').publicKey), {
      code: 'key_unsupported',
    });
  });
});
