import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { CertificateRevocationList } from '@mortise/x509';
import { partitionCapacity } from '../../../authority/crl-partitions.ts';
import { openHouse } from '../../../authority/testing/open-house.ts';
import type { CertificateStatus } from '../store.ts';
import { lists } from './crl-contents.ts';
import { makeCrl } from './make-crl.ts';

async function make(t: Parameters<typeof openHouse>[0], count: number) {
  const house = await openHouse(t);
  const [, intermediate] = house.authority.list();
  const scope = { authorityId: intermediate!.id, partition: 1 };
  const contents: CertificateStatus[] = Array.from({ length: count }, () => ({
    ...scope,
    fingerprint256: randomBytes(32).toString('hex'),
    serialNumber: Buffer.from([0x5f, ...randomBytes(15)]).toString('hex'),
    revoked: { at: house.clock.now, reason: 'cessation_of_operation' },
  }));
  const authority = house.authority.signing(intermediate!.id);
  const store = { released: async () => [] };
  const baseUrl = 'http://pki.mortise.example:8080';
  const common = { store, authority, scope, baseUrl, contents, now: house.clock.now };
  return { common, contents, crl: await makeCrl({ ...common, previous: undefined }) };
}

test('a partition of which every certificate is revoked has a CRL under 1 MB', async (t) => {
  const { crl } = await make(t, partitionCapacity);
  assert.equal(CertificateRevocationList.parse(crl.complete).size, partitionCapacity);
  assert.ok(crl.complete.length < 300_000, `${crl.complete.length} octets`);
  assert.ok(crl.delta.length < 300_000);
});

test('a CRL lists something else if an entry is missing, another one is there, or a reason is another', async (t) => {
  const { crl, contents } = await make(t, 3);
  assert.equal(await lists(crl.complete, contents), true);
  assert.equal(await lists(crl.complete, contents.slice(1)), false);
  assert.equal(await lists(crl.complete, [...contents, { ...contents[0]!, serialNumber: '77' }]), false);
  assert.equal(
    await lists(crl.complete, [{ ...contents[0]!, serialNumber: 'f7' }, ...contents.slice(1)]),
    false,
  );
  const held = { at: 0, reason: 'certificate_hold' } as const;
  assert.equal(await lists(crl.complete, [{ ...contents[0]!, revoked: held }, ...contents.slice(1)]), false);
});

test('two CRLs of one moment have different numbers', async (t) => {
  const { crl, common } = await make(t, 1);
  const next = await makeCrl({ ...common, previous: crl });
  assert.equal(next.number, crl.number + 1);
  assert.equal(next.baseNumber, crl.number);
});
