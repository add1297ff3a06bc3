import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CertificateRevocationList, checkRevocation } from '@mortise/x509';
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
