import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { keyCredentialId } from '../../clients/index.ts';
import { entryMarginSeconds } from '../entry-lifetimes.ts';
import { apiOne, by, openRevocation, tokenLifetimeSeconds } from '../testing/open-revocation.ts';

const tokensEndAfterMs = (tokenLifetimeSeconds + entryMarginSeconds) * 1000;

test('a revoked secret authenticates nobody and its tokens are dead, until they have expired', async (t) => {
  const house = await openRevocation(t);
  const { revocation, client, clock } = house;
  const { credentials } = await client({ client_id: 'by-secret', scope: 'one:read', resources: [apiOne] });
  const secret = credentials[0]!;
  const outcome = await revocation.revokeCredential('by-secret', secret.id, by);
  assert.ok(outcome.changed);
  assert.equal(outcome.event.act, 'secret.revoked');
  assert.deepEqual(outcome.event.object, { kind: 'credential', id: secret.id });
  assert.ok(revocation.denylist.denies({ clientId: 'by-secret', credentialIds: ['other', secret.id] }));
  assert.equal(revocation.denylist.denies({ clientId: 'by-secret', credentialIds: ['other'] }), undefined);
  assert.equal((await house.clients.find('by-secret'))?.credentials.length, 0);
  assert.deepEqual(await revocation.revokeCredential('by-secret', secret.id, by), { changed: false });
  clock.now += tokensEndAfterMs + 1;
  await revocation.prune();
  assert.equal(revocation.denylist.size, 0);
});

test("a credential that is not the client's is not revoked in its name", async (t) => {
  const { revocation, client } = await openRevocation(t);
  const { credentials } = await client({ client_id: 'by-secret', scope: 'one:read', resources: [apiOne] });
  for (const [clientId, id] of [
    ['client-one', credentials[0]!.id],
    ['by-secret', 'cred_none'],
    ['nobody', credentials[0]!.id],
  ] as const) {
    await assert.rejects(revocation.revokeCredential(clientId, id, by), { code: 'credential_unknown' });
  }
  assert.equal(revocation.denylist.size, 0);
});

test('a key behind jwks_uri is revoked by its thumbprint, for its client alone, and never wears off', async (t) => {
  const { revocation, client, clock } = await openRevocation(t);
  const thumbprint = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';
  for (const id of ['remote', 'other']) {
    await client({
      client_id: id,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://keys.example/jwks.json',
      scope: 'one:read',
      resources: [apiOne],
    });
  }
  const outcome = await revocation.revokeCredential('remote', thumbprint, by);
  assert.ok(outcome.changed);
  assert.equal(outcome.event.act, 'jwk.revoked');
  assert.equal(outcome.event.clientId, 'remote');
  assert.equal(outcome.event.data?.['jkt'], thumbprint);
  clock.now += 100 * 365 * 86_400_000;
  await revocation.prune();
  const denied = (clientId: string) =>
    revocation.denylist.denies({ credentialIds: [keyCredentialId(clientId, thumbprint)] });
  assert.ok(denied('remote'));
  assert.equal(denied('other'), undefined);
  for (const [clientId, id] of [
    ['client-one', thumbprint],
    ['nobody', thumbprint],
    ['remote', thumbprint.slice(1)],
  ] as const) {
    await assert.rejects(revocation.revokeCredential(clientId, id, by), { code: 'credential_unknown' });
  }
});

test('a certificate is revoked with its credential, and a new one of the same client lives', async (t) => {
  const house = await openRevocation(t);
  const { revocation, authority, clock } = house;
  const old = await authority.issue({ profile: 'client', clientId: 'client-one', actor: 'cli' });
  const { fingerprint256, thumbprint } = old.certificate;
  const outcome = await revocation.revokeCertificate({ fingerprint256, reason: 'key_compromise' }, by);
  assert.ok(outcome.changed);
  assert.equal(outcome.event.clientId, 'client-one');
  const record = await authority.findCertificate(fingerprint256);
  assert.equal(record?.revokedAt, clock.now);
  assert.equal(record?.revocationReason, 'key_compromise');
  const { denylist } = revocation;
  assert.ok(denylist.denies({ certificates: [thumbprint] }));
  assert.ok(denylist.denies({ credentialIds: [old.record.credentialId!] }));
  const renewed = await authority.issue({ profile: 'client', clientId: 'client-one', actor: 'cli' });
  assert.equal(
    denylist.denies({
      clientId: 'client-one',
      epoch: 1,
      credentialIds: [renewed.record.credentialId!],
      certificates: [renewed.certificate.thumbprint],
      authorityIds: [renewed.record.authorityId],
    }),
    undefined,
  );
  assert.deepEqual(
    (await house.clients.find('client-one'))?.credentials.map(({ id }) => id),
    [renewed.record.credentialId],
  );
  assert.deepEqual(await revocation.revokeCertificate({ fingerprint256 }, by), { changed: false });
  assert.deepEqual(await house.stored(), house.inMemory());
});

test('a certificate that is revoked as a credential is revoked as a certificate', async (t) => {
  const { revocation, authority } = await openRevocation(t);
  const { certificate, record } = await authority.issue({
    profile: 'client',
    clientId: 'client-one',
    actor: 'cli',
  });
  const outcome = await revocation.revokeCredential('client-one', record.credentialId!, by);
  assert.ok(outcome.changed);
  assert.equal(outcome.event.act, 'certificate.revoked');
  assert.ok(revocation.denylist.denies({ certificates: [certificate.thumbprint] }));
});

test('a certificate is denied until it and the last token obtained with it have expired', async (t) => {
  const { revocation, authority, clock } = await openRevocation(t);
  const issue = (lifetimeSeconds: number) =>
    authority.issue({ profile: 'client', clientId: 'client-one', actor: 'cli', lifetimeSeconds });
  const short = await issue(60);
  const long = await issue(86_400);
  for (const { certificate } of [short, long]) await revocation.revokeCertificate(certificate, by);
  const denied = ({ certificate }: typeof short): boolean =>
    revocation.denylist.denies({ certificates: [certificate.thumbprint] }) !== undefined;
  clock.now += tokensEndAfterMs - 1;
  await revocation.prune();
  assert.deepEqual([denied(short), denied(long)], [true, true]);
  clock.now += 2;
  await revocation.prune();
  assert.deepEqual([denied(short), denied(long)], [false, true]);
  clock.now = long.certificate.notAfter + entryMarginSeconds * 1000 + 1;
  await revocation.prune();
  assert.equal(revocation.denylist.size, 0);
});

test('a registered certificate of another CA is revoked like one of ours', async (t) => {
  const house = await openRevocation(t);
  const elsewhere = await openRevocation(t);
  const { certificate } = await elsewhere.authority.issue({
    profile: 'client',
    clientId: 'client-one',
    actor: 'cli',
  });
  await house.clients.registerCertificate({
    clientId: 'client-one',
    certificate: certificate.der,
    actor: 'cli',
  });
  const shown = new X509Certificate(certificate.der).fingerprint256;
  assert.ok((await house.revocation.revokeCertificate({ fingerprint256: shown }, by)).changed);
  assert.ok(house.revocation.denylist.denies({ certificates: [certificate.thumbprint] }));
  assert.equal((await house.clients.find('client-one'))?.credentials.length, 0);
});

test('a certificate that nobody knows is revoked for a named client alone, and never wears off', async (t) => {
  const { revocation, clock } = await openRevocation(t);
  const fingerprint256 = 'ab'.repeat(32);
  await assert.rejects(revocation.revokeCertificate({ fingerprint256 }, by), { code: 'certificate_unknown' });
  await assert.rejects(revocation.revokeCertificate({ fingerprint256, clientId: 'nobody' }, by), {
    code: 'client_unknown',
  });
  const outcome = await revocation.revokeCertificate({ fingerprint256, clientId: 'client-one' }, by);
  assert.ok(outcome.changed);
  assert.equal(outcome.event.clientId, 'client-one');
  clock.now += 100 * 365 * 86_400_000;
  await revocation.prune();
  const x5t = Buffer.from(fingerprint256, 'hex').toString('base64url');
  assert.ok(revocation.denylist.denies({ certificates: [x5t] }));
});

for (const fingerprint256 of ['', 'ab', 'zz'.repeat(32), 'ab'.repeat(33), `${'ab'.repeat(32)}\n`]) {
  test(`${JSON.stringify(fingerprint256).slice(0, 20)} is no fingerprint`, async (t) => {
    const { revocation } = await openRevocation(t);
    await assert.rejects(revocation.revokeCertificate({ fingerprint256, clientId: 'client-one' }, by), {
      code: 'fingerprint_invalid',
    });
  });
}
