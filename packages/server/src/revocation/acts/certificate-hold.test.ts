import assert from 'node:assert/strict';
import { test } from 'node:test';
import { by, openRevocation } from '../testing/open-revocation.ts';

const hold = 'certificate_hold';

test('a certificate on hold is as dead as a revoked one, and its release gives it and its tokens back', async (t) => {
  const house = await openRevocation(t);
  const { revocation, authority } = house;
  const { denylist } = revocation;
  const issued = await authority.issue({ profile: 'client', clientId: 'client-one', actor: 'cli' });
  const { fingerprint256, thumbprint } = issued.certificate;
  const held = await revocation.revokeCertificate({ fingerprint256, reason: hold }, by);
  assert.ok(held.changed);
  assert.deepEqual(await revocation.revokeCertificate({ fingerprint256, reason: hold }, by), {
    changed: false,
  });
  assert.ok(denylist.denies({ certificates: [thumbprint] }));
  assert.ok(denylist.denies({ credentialIds: [issued.record.credentialId!] }));
  assert.equal((await authority.findCertificate(fingerprint256))?.revocationReason, hold);

  const released = await revocation.releaseCertificate(fingerprint256, by);
  assert.ok(released.changed);
  assert.equal(released.event.act, 'certificate.released');
  assert.deepEqual(house.inMemory(), []);
  assert.deepEqual(await house.stored(), []);
  const record = await authority.findCertificate(fingerprint256);
  assert.deepEqual([record?.revokedAt, record?.revocationReason], [undefined, undefined]);
  const credentials = (await house.clients.find('client-one'))?.credentials.map(({ id }) => id);
  assert.deepEqual(credentials, [issued.record.credentialId]);
  assert.deepEqual(await revocation.releaseCertificate(fingerprint256, by), { changed: false });
});

test('what is revoked for good is not released, whether it was on hold before or its client was revoked', async (t) => {
  const house = await openRevocation(t);
  const { revocation, authority } = house;
  const issue = async () =>
    (await authority.issue({ profile: 'client', clientId: 'client-one', actor: 'cli' })).certificate
      .fingerprint256;
  const [one, two] = [await issue(), await issue()];
  for (const fingerprint256 of [one, two]) {
    await revocation.revokeCertificate({ fingerprint256, reason: hold }, by);
  }
  assert.ok((await revocation.revokeCertificate({ fingerprint256: one, reason: 'superseded' }, by)).changed);
  await assert.rejects(revocation.releaseCertificate(one, by), { code: 'certificate_revoked' });
  await revocation.revokeClient('client-one', by);
  await assert.rejects(revocation.releaseCertificate(two, by), { code: 'certificate_revoked' });
  assert.equal((await authority.findCertificate(two))?.revocationReason, 'cessation_of_operation');
});

test('only a certificate that was issued here is put on hold or released', async (t) => {
  const { revocation } = await openRevocation(t);
  const fingerprint256 = 'ab'.repeat(32);
  const held = { fingerprint256, reason: hold, clientId: 'client-one' } as const;
  await assert.rejects(revocation.revokeCertificate(held, by), { code: 'certificate_unknown' });
  await assert.rejects(revocation.releaseCertificate(fingerprint256, by), { code: 'certificate_unknown' });
  await assert.rejects(revocation.releaseCertificate('ab', by), { code: 'fingerprint_invalid' });
  assert.equal(revocation.denylist.size, 0);
});
