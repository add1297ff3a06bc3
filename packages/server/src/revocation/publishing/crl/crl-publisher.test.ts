import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CertificateRevocationList, checkRevocation } from '@mortise/x509';
import { by } from '../../testing/open-revocation.ts';
import { crlLifetimeMs, crlPublishedEveryMs, deltaCrlLifetimeMs } from '../lifetimes.ts';
import { openPublishing, type PublishingHouse } from '../testing/open-publishing.ts';

const parse = (der: Buffer) => CertificateRevocationList.parse(der);

async function crlOf(house: PublishingHouse, path: string) {
  const { status, body } = await house.get(path);
  assert.equal(status, 200);
  return parse(body);
}

function listed(crl: CertificateRevocationList): [string, string | undefined][] {
  return Array.from({ length: crl.size }, (_, index) => {
    const { serialBytes, reason } = crl.revoked.at(index);
    return [serialBytes.toString('hex'), reason];
  });
}

test('a certificate names the CRL of its partition, which names the same and is valid for it', async (t) => {
  const house = await openPublishing(t);
  const { certificate, record } = await house.issue();
  const path = house.crlPath(certificate);
  assert.equal(path, `/crl/${record.authorityId}/1.crl`);
  assert.equal(record.crlPartition, 1);
  const crl = await crlOf(house, path);
  assert.equal(crl.size, 0);
  assert.ok(crl.issuingDistributionPoint !== undefined);
  assert.ok(crl.der.includes(`http://pki.mortise.example:8080${path}`));
  assert.equal(crl.nextUpdate! - crl.thisUpdate, crlLifetimeMs);
  const issuer = house.authority.certificate(record.authorityId)!;
  const at = new Date(house.clock.now);
  const found = await checkRevocation({ certificate, issuer, crls: [crl.der], at });
  assert.equal(found.status, 'good');
});

test('a revocation is on the next CRL that is asked for, with its reason, and numbers ascend', async (t) => {
  const house = await openPublishing(t);
  const { certificate, record } = await house.issue();
  const path = house.crlPath(certificate);
  const before = await crlOf(house, path);
  const { fingerprint256 } = certificate;
  await house.revocation.revokeCertificate({ fingerprint256, reason: 'key_compromise' }, by);
  const after = await crlOf(house, path);
  assert.deepEqual(listed(after), [[record.serialNumber, 'keyCompromise']]);
  assert.ok(after.crlNumber! > before.crlNumber!);
  assert.deepEqual((await crlOf(house, path)).der, after.der);
  const issuer = house.authority.certificate(record.authorityId)!;
  const at = new Date(house.clock.now);
  const found = await checkRevocation({ certificate, issuer, crls: [after.der], at });
  assert.equal(found.status, 'revoked');
});

test('revoking a client lists all its certificates', async (t) => {
  const house = await openPublishing(t);
  const issue = () => house.issue({ profile: 'client', clientId: 'client-one', names: [] });
  const [one, two] = [await issue(), await issue()];
  const path = house.crlPath(one.certificate);
  assert.equal((await crlOf(house, path)).size, 0);
  await house.revocation.revokeClient('client-one', by);
  assert.deepEqual(
    listed(await crlOf(house, path)).sort(),
    [one, two].map(({ record }) => [record.serialNumber, 'cessationOfOperation']).sort(),
  );
});

test('a revoked intermediate is on the CRL of its root, which covers certificates that name none', async (t) => {
  const house = await openPublishing(t);
  const { record } = await house.issue();
  const intermediate = house.authority.certificate(record.authorityId)!;
  const path = house.crlPath(intermediate);
  assert.match(path, /\/0\.crl$/);
  assert.equal((await crlOf(house, path)).size, 0);
  await house.revocation.revokeAuthority(record.authorityId, { ...by, revocationReason: 'key_compromise' });
  const crl = await crlOf(house, path);
  assert.deepEqual(listed(crl), [[intermediate.serialNumber, 'keyCompromise']]);
  assert.equal(crl.issuingDistributionPoint, undefined);
});

test('a delta lists what changed since the scheduled CRL before, and the end of a hold as removeFromCRL', async (t) => {
  const house = await openPublishing(t);
  const { revocation, clock } = house;
  const [old, held, late] = [await house.issue(), await house.issue(), await house.issue()];
  const path = house.crlPath(old.certificate);
  const deltaPath = path.replace('.crl', '/delta.crl');
  await revocation.revokeCertificate({ fingerprint256: old.certificate.fingerprint256 }, by);
  await crlOf(house, path);
  clock.now += crlPublishedEveryMs;
  const base = await crlOf(house, path);
  clock.now += crlPublishedEveryMs;
  await crlOf(house, path);
  const { fingerprint256 } = held.certificate;
  await revocation.revokeCertificate({ fingerprint256, reason: 'certificate_hold' }, by);
  await revocation.revokeCertificate({ fingerprint256: late.certificate.fingerprint256 }, by);
  const delta = await crlOf(house, deltaPath);
  assert.equal(delta.deltaBase, base.crlNumber);
  assert.equal(delta.nextUpdate! - delta.thisUpdate, deltaCrlLifetimeMs);
  assert.deepEqual(
    listed(delta).sort(),
    [
      [held.record.serialNumber, 'certificateHold'],
      [late.record.serialNumber, undefined],
    ].sort(),
  );
  await revocation.releaseCertificate(fingerprint256, by);
  const complete = await crlOf(house, path);
  const after = await crlOf(house, deltaPath);
  assert.equal(after.crlNumber, complete.crlNumber);
  assert.deepEqual(
    listed(after).sort(),
    [
      [held.record.serialNumber, 'removeFromCRL'],
      [late.record.serialNumber, undefined],
    ].sort(),
  );
  assert.equal(listed(complete).length, 2);
  assert.ok(!listed(complete).some(([serial]) => serial === held.record.serialNumber));
});

test('a CRL is published again every day without news, long before its nextUpdate, and by the schedule alone', async (t) => {
  const house = await openPublishing(t);
  const { certificate } = await house.issue();
  const path = house.crlPath(certificate);
  const scope = { authorityId: path.split('/')[2]!, partition: 1 };
  const first = await crlOf(house, path);
  house.clock.now += crlPublishedEveryMs - 1;
  await house.publishing.crls.publishDue();
  assert.equal((await house.storage.publishing.findCrl(scope))?.number, Number(first.crlNumber));
  house.clock.now += 1;
  await house.publishing.crls.publishDue();
  const stored = await house.storage.publishing.findCrl(scope);
  assert.ok(stored!.number > Number(first.crlNumber));
  assert.equal(stored!.baseNumber, Number(first.crlNumber));
  assert.ok(first.nextUpdate! - house.clock.now > 5 * crlPublishedEveryMs);
  assert.deepEqual(house.errors, []);
});

test('a certificate stays listed on a CRL that is published after its end, and then leaves', async (t) => {
  const house = await openPublishing(t);
  const { certificate } = await house.issue({ lifetimeSeconds: 86_400 });
  const path = house.crlPath(certificate);
  await house.revocation.revokeCertificate({ fingerprint256: certificate.fingerprint256 }, by);
  house.clock.now = certificate.notAfter + crlPublishedEveryMs;
  assert.equal((await crlOf(house, path)).size, 1);
  house.clock.now = certificate.notAfter + 4 * crlPublishedEveryMs;
  assert.equal((await crlOf(house, path)).size, 0);
});

test('what was revoked while nobody was there to publish is found when the server starts again', async (t) => {
  const house = await openPublishing(t);
  const { certificate, record } = await house.issue();
  const path = house.crlPath(certificate);
  await crlOf(house, path);
  house.publishing.close();
  await house.revocation.revokeCertificate({ fingerprint256: certificate.fingerprint256 }, by);
  const { Publishing } = await import('../publishing.ts');
  const again = new Publishing({
    store: house.storage.publishing,
    authorities: house.authority,
    feed: house.storage.feed,
    pkiUrl: 'http://pki.mortise.example:8080',
    clock: house.clock.read,
    isStale: () => false,
    onError: assert.ifError,
  });
  t.after(() => again.close());
  const crl = await again.crls.find({ authorityId: record.authorityId, partition: 1 });
  assert.deepEqual(listed(parse(crl!.complete)), [[record.serialNumber, undefined]]);
});

test('many revocations at once, with CRLs fetched meanwhile: what was acknowledged is on the next one', async (t) => {
  const house = await openPublishing(t);
  const issued = await Promise.all(Array.from({ length: 30 }, () => house.issue()));
  const path = house.crlPath(issued[0]!.certificate);
  await Promise.all(
    issued.map(async ({ certificate, record }) => {
      await house.revocation.revokeCertificate({ fingerprint256: certificate.fingerprint256 }, by);
      const crl = await crlOf(house, path);
      assert.ok(listed(crl).some(([serial]) => serial === record.serialNumber));
    }),
  );
  assert.equal((await crlOf(house, path)).size, 30);
});

test('a process that knows too little of late signs nothing: the last CRL, or none', async (t) => {
  const house = await openPublishing(t);
  const { certificate } = await house.issue();
  const path = house.crlPath(certificate);
  house.stale = true;
  const none = await house.get(path);
  assert.equal(none.status, 503);
  assert.equal(none.headers['cache-control'], 'no-store');
  house.stale = false;
  const crl = await crlOf(house, path);
  house.stale = true;
  house.clock.now += crlLifetimeMs - 1000;
  assert.deepEqual((await crlOf(house, path)).der, crl.der);
  house.clock.now += 1000;
  assert.equal((await house.get(path)).status, 503);
});

for (const path of [
  '/crl/',
  '/crl/auth_none/1.crl',
  '/crl/auth_none/0.crl',
  '/crl/A/01.crl',
  '/crl/A/1.crl/',
]) {
  test(`there is no CRL at ${path}`, async (t) => {
    const house = await openPublishing(t);
    const { record } = await house.issue();
    assert.equal((await house.get(path.replace('A', record.authorityId))).status, 404);
    assert.equal((await house.get(`/crl/${record.authorityId}/2.crl`)).status, 404);
  });
}

test('a CRL has validators and a short life in caches; a conditional request costs no octets', async (t) => {
  const house = await openPublishing(t);
  const { certificate } = await house.issue();
  const path = house.crlPath(certificate);
  const first = await house.get(path);
  assert.equal(first.headers['content-type'], 'application/pkix-crl');
  assert.equal(first.headers['cache-control'], 'public, max-age=300, no-transform');
  assert.equal(first.headers['last-modified'], undefined);
  const etag = String(first.headers['etag']);
  const same = await house.get(path, { headers: { 'If-None-Match': `"x", W/${etag}` } });
  assert.deepEqual([same.status, same.body.length, same.headers['etag']], [304, 0, etag]);
  house.clock.now += 1000;
  const modified = String((await house.get(path)).headers['last-modified']);
  const since = { 'If-Modified-Since': modified };
  assert.equal(Date.parse(modified), parse(first.body).thisUpdate);
  assert.equal((await house.get(path, { headers: since })).status, 304);
  const head = await house.get(path, { method: 'HEAD' });
  assert.deepEqual([head.status, head.body.length], [200, 0]);
  await house.revocation.revokeCertificate({ fingerprint256: certificate.fingerprint256 }, by);
  for (const headers of [since, { 'If-None-Match': etag }]) {
    const changed = await house.get(path, { headers });
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers['etag'], etag);
  }
  assert.equal((await house.get(path, { method: 'POST' })).status, 405);
});

test('without its key an authority publishes its last CRL, and says so to the log', async (t) => {
  const house = await openPublishing(t);
  const { certificate } = await house.issue();
  const path = house.crlPath(certificate);
  const { der } = await crlOf(house, path);
  t.mock.method(house.authority, 'signing', () => {
    throw new Error('no key');
  });
  await house.revocation.revokeCertificate({ fingerprint256: certificate.fingerprint256 }, by);
  assert.deepEqual((await crlOf(house, path)).der, der);
  assert.equal(house.errors.length, 1);
});
