import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OID } from '../../asn1/oids.ts';
import type { Certificate } from '../../certificates/certificate.ts';
import { NOW, TestAuthority } from '../../path/testing/test-authority.ts';
import { validatePath } from '../../path/validate-path.ts';
import { createCrl } from '../crl/create-crl.ts';
import { certificateId } from '../ocsp/certificate-id.ts';
import { createOcspResponse } from '../ocsp/create-ocsp-response.ts';
import { checkRevocation } from './check-revocation.ts';

const ca = await TestAuthority.root('CN=CA');
const malformed = await ca.leaf('CN=Leaf', {
  extensions: [
    { oid: OID.cRLDistributionPoints, value: Buffer.of(5, 0) },
    { oid: OID.authorityInfoAccess, value: Buffer.of(5, 0) },
  ],
});
const question = { certificate: malformed, issuer: ca.certificate, at: NOW };
const times = { thisUpdate: NOW - 1000, nextUpdate: NOW + 1000 };

async function crlWith(...revoked: readonly Certificate[]): Promise<Buffer> {
  const entries = revoked.map(({ serialBytes }) => ({ serialNumber: serialBytes, revokedAt: NOW - 5000 }));
  return (await createCrl({ issuer: ca.certificate, ...times, crlNumber: 1, entries }, ca.signer)).der;
}

describe('a certificate whose distribution points are malformed', () => {
  it('is revoked by the CRL of its issuer that lists it, and told of', async () => {
    const status = await checkRevocation({ ...question, crls: [await crlWith(malformed)] });
    assert.equal(status.status, 'revoked');
    const path = { leaf: malformed, anchors: [ca.certificate], at: NOW };
    const result = await validatePath({ ...path, crls: [await crlWith(malformed)] });
    assert.ok(!result.valid);
    assert.deepEqual(
      result.failures.map(({ code }) => code),
      ['revoked'],
    );
  });

  it('is asked about by OCSP all the same', async () => {
    const status = { revokedAt: NOW - 5000 };
    const id = certificateId(malformed.serialBytes, ca.certificate);
    const fields = { producedAt: NOW - 500, responses: [{ id, status, ...times }] };
    const response = await createOcspResponse(fields, ca.signer);
    assert.equal((await checkRevocation({ ...question, ocspResponses: [response] })).status, 'revoked');
  });

  it('leads nowhere', async () => {
    const status = await checkRevocation(question);
    assert.ok(status.status === 'unknown');
    assert.deepEqual(status.needs, []);
    assert.deepEqual(
      status.problems.map(({ code }) => code),
      ['malformed'],
    );
  });
});

describe('thousands of distribution points', () => {
  it('are compared within the budget, and few of them told as places to ask', async () => {
    const points = Array.from({ length: 3000 }, (_, i) => `http://crl.example.com/${i}`);
    const certificate = await ca.leaf('CN=Leaf', { crlDistributionPoints: points });
    const elsewhere = { fullName: [{ type: 'uri', value: 'http://crl.example.com/elsewhere' }] } as const;
    const list = { issuer: ca.certificate, ...times, entries: [], issuingDistributionPoint: elsewhere };
    const crls = await Promise.all(
      Array.from({ length: 20 }, (_, i) => createCrl({ ...list, crlNumber: i }, ca.signer)),
    );
    const status = await checkRevocation({ ...question, certificate, crls });
    assert.ok(status.status === 'unknown');
    assert.equal(status.problems.at(-1)?.code, 'budget_exhausted');
    const asked = await checkRevocation({ ...question, certificate });
    assert.ok(asked.status === 'unknown');
    assert.equal(asked.needs.length, 16);
  });
});
