import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { X509Error } from '../errors.ts';
import { parsePem } from '../pem/pem.ts';
import { Certificate } from './certificate.ts';

const VECTORS = new URL('../../../../../shared/vectors/zlint/zlint-half.json', import.meta.url);
const missing = !existsSync(VECTORS);
const skip = missing && process.env['CI'] !== 'true' ? 'the zlint vectors are not beside the project' : false;

const FIELDS = [
  'issuer',
  'subject',
  'publicKey',
  'publicKeyInfo',
  'basicConstraints',
  'keyUsage',
  'extendedKeyUsage',
  'subjectAltName',
  'issuerAltName',
  'nameConstraints',
  'subjectKeyIdentifier',
  'authorityKeyIdentifier',
  'certificatePolicies',
  'policyMappings',
  'policyConstraints',
  'inhibitAnyPolicy',
  'crlDistributionPoints',
  'freshestCrl',
  'authorityInformationAccess',
  'subjectInformationAccess',
  'subjectDirectoryAttributes',
  'tlsFeature',
  'selfIssued',
  'signatureAlgorithm',
  'signatureAlgorithmsMatch',
  'fingerprint256',
] as const;

it('the odd certificates of zlint: each is read or refused by a typed error, and agrees with OpenSSL', {
  skip,
}, () => {
  assert.ok(!missing, 'CI needs the zlint vectors');
  const { cases } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { cases: { file: string; pem: string }[] };
  let read = 0;
  for (const { file, pem } of cases) {
    if (!pem.includes('BEGIN CERTIFICATE')) continue;
    let certificate: Certificate;
    try {
      certificate = Certificate.parse(pem);
    } catch (error) {
      assert.ok(error instanceof X509Error, file);
      continue;
    }
    read++;
    for (const field of FIELDS) {
      try {
        void certificate[field];
      } catch (error) {
        assert.ok(error instanceof X509Error, `${file}: ${field}: ${String(error)}`);
      }
    }
    assert.deepEqual(parsePem(pem, 'CERTIFICATE')[0]?.der, certificate.der);
    assertAgrees(certificate, file);
  }
  assert.ok(read >= 510, `${read} were read`);
});

function assertAgrees(certificate: Certificate, file: string): void {
  const oracle = new X509Certificate(certificate.der);
  assert.equal(
    certificate.serialNumber.replace(/^(-?)0(.)$/, '$1$2'),
    oracle.serialNumber.toLowerCase().replace(/^(-?)0(.)$/, '$1$2'),
    file,
  );
  assert.equal(certificate.notBefore, oracle.validFromDate.getTime(), file);
  assert.equal(certificate.notAfter, oracle.validToDate.getTime(), file);
  assert.equal(certificate.fingerprint256, oracle.fingerprint256.replaceAll(':', '').toLowerCase(), file);
}
