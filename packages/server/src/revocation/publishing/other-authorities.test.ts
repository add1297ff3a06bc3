import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CertificateRequest,
  CertificateRevocationList,
  checkRevocation,
  createOcspRequest,
  OcspResponse,
} from '@mortise/x509';
import { makeOfflineRoot, signAuthorityRequest } from '../../authority/index.ts';
import { by } from '../testing/open-revocation.ts';
import { openPublishing, type PublishingHouse } from './testing/open-publishing.ts';

const actor = 'client:admin';

async function crlAt(house: PublishingHouse, path: string): Promise<CertificateRevocationList> {
  const { status, body } = await house.get(path);
  assert.equal(status, 200);
  return CertificateRevocationList.parse(body);
}

test('an authority elsewhere that a root here certified is on its CRL when it is revoked', async (t) => {
  const house = await openPublishing(t);
  const { certificate, record } = await house.issue({ profile: 'intermediate', names: ['Mesh CA'] });
  const issuer = house.authority.certificate(record.authorityId)!;
  const at = house.clock.now;
  const check = async () =>
    checkRevocation({
      certificate,
      issuer,
      crls: [(await crlAt(house, house.crlPath(certificate))).der],
      at,
    });
  assert.equal((await check()).status, 'good');
  await house.revocation.revokeCertificate({ fingerprint256: record.fingerprint256 }, by);
  assert.equal((await check()).status, 'revoked');
});

test('a second authority publishes CRLs of its own, and none lists the certificates of the other', async (t) => {
  const house = await openPublishing(t);
  const created = await house.authority.administration.create({ name: 'partners', actor });
  assert.ok(created.done);
  const [here, there] = [await house.issue(), await house.issue({ authority: 'partners' })];
  await house.revocation.revokeCertificate({ fingerprint256: there.record.fingerprint256 }, by);
  assert.equal((await crlAt(house, house.crlPath(here.certificate))).size, 0);
  const crl = await crlAt(house, house.crlPath(there.certificate));
  assert.equal(crl.size, 1);
  assert.equal(crl.issuer.toString(), created.authority.subject);
});

test('an authority whose root is kept offline publishes for itself; for the root nothing is published, and nothing fails', async (t) => {
  const house = await openPublishing(t);
  const now = house.clock.now;
  const { administration } = house.authority;
  const root = await makeOfflineRoot({ name: 'partners', keyType: 'ec-p256', now });
  const created = await administration.create({
    name: 'partners',
    offlineRoot: root.certificate.toPem(),
    actor,
  });
  assert.ok(!created.done);
  const signed = await signAuthorityRequest({
    request: CertificateRequest.parse(created.request.request),
    root: root.certificate,
    rootKey: root.privateKey,
    now,
  });
  const record = await administration.importSigned({ certificate: signed.toPem(), actor });
  assert.equal(signed.crlDistributionPoints, undefined);
  const issued = await house.issue({ authority: 'partners' });
  assert.equal((await crlAt(house, house.crlPath(issued.certificate))).size, 0);
  assert.equal((await house.get(`/crl/${record.parentId}/0.crl`)).status, 404);
  const ask = createOcspRequest({ certificates: [signed], issuer: root.certificate });
  const answer = await house.get('/ocsp', {
    method: 'POST',
    headers: { 'content-type': 'application/ocsp-request' },
    body: ask,
  });
  assert.equal(OcspResponse.parse(answer.body).status, 'unauthorized');
  assert.deepEqual(house.errors, []);
});
