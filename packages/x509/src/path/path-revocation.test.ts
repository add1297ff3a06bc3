import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OID } from '../asn1/oids.ts';
import type { Certificate } from '../certificates/certificate.ts';
import { type CrlFields, createCrl } from '../revocation/crl/create-crl.ts';
import { type RawCrlFields, rawCrl } from '../revocation/testing/raw-crl.ts';
import { NOW, p256, TestAuthority } from './testing/test-authority.ts';
import { validatePath } from './validate-path.ts';

const ca = await TestAuthority.root('CN=CA');
const leaf = await ca.leaf('CN=Leaf');
const subCa = await ca.authority('CN=Sub');

async function crl(fields: Partial<CrlFields> = {}, authority = ca): Promise<{ der: Buffer }> {
  const base = {
    issuer: authority.certificate,
    thisUpdate: NOW - 1000,
    nextUpdate: NOW + 1000,
    crlNumber: 5,
  };
  return await createCrl({ ...base, entries: [], ...fields }, authority.signer);
}

const revoke = (certificate: Certificate, reason?: 'keyCompromise'): CrlFields['entries'] => [
  { serialNumber: certificate.serialBytes, revokedAt: NOW - 5000, reason },
];
const raw = (fields: RawCrlFields): Buffer => rawCrl(fields, ca.keys);

describe('validatePath with revocation', () => {
  const base = { leaf, anchors: [ca.certificate], at: NOW };

  it('reports unknown and fails revoked where nothing is required', async () => {
    const stale = raw({ nextUpdate: NOW - 1000 });
    const result = await validatePath({ ...base, crls: [stale] });
    assert.ok(result.valid);
    assert.equal(result.revocation[0]?.status.status, 'unknown');
    const revoked = await validatePath({ ...base, crls: [(await crl({ entries: revoke(leaf) })).der] });
    assert.ok(!revoked.valid);
    assert.equal(revoked.failures[0]?.code, 'revoked');
  });

  it('ends with the earliest nextUpdate', async () => {
    const result = await validatePath({ ...base, crls: [(await crl()).der], revocation: 'require' });
    assert.ok(result.valid);
    assert.equal(result.validUntil, NOW + 1000);
    assert.equal(result.revocation[0]?.status.status, 'good');
  });

  it('requires an answer for every certificate below the anchor', async () => {
    const end = await subCa.leaf('CN=End');
    const options = { ...base, leaf: end, certificates: [subCa.certificate], revocation: 'require' as const };
    const upper = (await crl()).der;
    const lower = (await crl({}, subCa)).der;
    assert.equal((await validatePath({ ...options, crls: [upper, lower] })).valid, true);
    for (const crls of [[upper], [lower], []]) {
      const result = await validatePath({ ...options, crls });
      assert.ok(!result.valid);
      assert.ok(result.failures.every(({ code }) => code === 'revocation_unknown'));
    }
  });

  it('takes another path where the first has a revoked intermediate', async () => {
    const other = await TestAuthority.root('CN=Other');
    const keys = p256();
    const first = await ca.authority('CN=Twice', {}, keys);
    const second = await other.authority('CN=Twice', { notAfter: NOW + 86_400_000 }, keys);
    const end = await first.leaf('CN=End');
    const crls = [(await crl({ entries: revoke(first.certificate, 'keyCompromise') })).der];
    const certificates = [first.certificate, second.certificate];
    const result = await validatePath({
      leaf: end,
      certificates,
      anchors: [ca.certificate, other.certificate],
      at: NOW,
      crls,
    });
    assert.ok(result.valid);
    assert.ok(result.path[1]?.equals(second.certificate));
  });

  it('under a policy, wants a list at hand to settle the status, but passes over one that is none in form', async () => {
    const end = await ca.leaf('CN=host.example.com');
    const options = { ...base, leaf: end, policy: 'rfc5280' as const };
    const accepted = async (der: Uint8Array): Promise<boolean> =>
      (await validatePath({ ...options, crls: [der] })).valid;
    const number = { oid: OID.cRLNumber, value: Buffer.of(2, 1, 5) };
    assert.equal(await accepted((await crl()).der), true);
    assert.equal(await accepted(raw({})), false);
    assert.equal(await accepted(raw({ extensions: [number] })), true);
    assert.equal(await accepted(raw({ extensions: [{ ...number, critical: true }] })), false);
    assert.equal(await accepted(raw({ extensions: [number], nextUpdate: NOW - 1000 })), false);
    assert.equal(await accepted(raw({ extensions: [number], nextUpdate: 'absent' })), true);
    assert.equal(await accepted(raw({ extensions: [number], generalizedTimes: true })), true);
  });
});
