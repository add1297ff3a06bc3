import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CertificateRevocationList, createOcspRequest, OcspResponse } from '@mortise/x509';
import { postgresCluster } from '../../storage/testing/postgres-cluster.ts';
import { by } from '../testing/open-revocation.ts';
import { openPublishing, type PublishingHouse } from './testing/open-publishing.ts';
import { withOfflineRoot } from './testing/with-offline-root.ts';

const cluster = await postgresCluster();

/** Two processes over one new PostgreSQL database. */
async function openTwo(test: TestContext): Promise<[PublishingHouse, PublishingHouse]> {
  const first = await openPublishing(test, { url: await cluster.createDatabase() });
  return [first, await first.another()];
}

async function crlOf(house: PublishingHouse, path: string): Promise<CertificateRevocationList> {
  return CertificateRevocationList.parse((await house.get(path)).body);
}

test('what one node revokes is on the CRLs and the OCSP answers of the other once it is delivered there', async (t) => {
  const [first, second] = await openTwo(t);
  const { certificate, record, chain } = await first.issue();
  const path = first.crlPath(certificate);
  const body = createOcspRequest({ certificates: [certificate], issuer: chain[0]! });
  const ocsp = async (house: PublishingHouse) =>
    OcspResponse.parse((await house.get('/ocsp', { method: 'POST', body })).body).basic?.responses[0]?.status;
  for (const house of [first, second]) {
    assert.equal((await crlOf(house, path)).size, 0);
    assert.equal(await ocsp(house), 'good');
  }
  const outcome = await first.revocation.revokeCertificate(
    { fingerprint256: certificate.fingerprint256, reason: 'certificate_hold' },
    by,
  );
  assert.ok(outcome.changed);
  await second.storage.feed.delivered(outcome.event.sequence);
  assert.equal(await ocsp(second), 'revoked');
  assert.equal((await crlOf(second, path)).size, 1);
  const [one, other] = [await crlOf(first, path), await crlOf(second, path)];
  assert.deepEqual(one.der, other.der);
  const released = await second.revocation.releaseCertificate(record.fingerprint256, by);
  assert.ok(released.changed);
  await first.storage.feed.delivered(released.event.sequence);
  assert.equal(await ocsp(first), 'good');
  assert.equal((await crlOf(first, path)).size, 0);
});

test('nodes that publish at once publish one CRL, and no number twice', async (t) => {
  const [first, second] = await openTwo(t);
  const issued = await Promise.all(
    Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? first : second).issue()),
  );
  const paths = [...new Set(issued.map(({ certificate }) => first.crlPath(certificate)))];
  const seen = new Map<string, Buffer>();
  for (const { certificate } of issued) {
    const { fingerprint256 } = certificate;
    const outcome = await first.revocation.revokeCertificate({ fingerprint256 }, by);
    assert.ok(outcome.changed);
    await second.storage.feed.delivered(outcome.event.sequence);
    const crls = await Promise.all(
      paths.flatMap((path) =>
        [first, second, first].map(async (house) => ({ path, crl: await crlOf(house, path) })),
      ),
    );
    for (const { path, crl } of crls) {
      const name = `${path} ${crl.crlNumber}`;
      assert.deepEqual(seen.get(name) ?? crl.der, crl.der);
      seen.set(name, crl.der);
    }
    assert.ok(crls.some(({ crl }) => crl.revoked.find(certificate.serialBytes, undefined) !== undefined));
  }
  assert.deepEqual([first.errors, second.errors], [[], []]);
});

test('the CRL of an offline root that one node took is served by the other once it is delivered there', async (t) => {
  const first = await withOfflineRoot(t, { url: await cluster.createDatabase() });
  const second = await first.another();
  const path = `/crl/${first.rootId}/0.crl`;
  for (const lifetimeSeconds of [3600, 7200]) {
    const crl = await first.signCrl({ lifetimeSeconds });
    await first.importCrl(crl);
    const { sequence } = (await first.events()).at(-1)!;
    await second.storage.feed.delivered(sequence);
    assert.deepEqual((await crlOf(second, path)).der, crl.der);
  }
});
