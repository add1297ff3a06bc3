import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actor, createClient, revokeClient, revokeCredential } from '../testing/acts.ts';
import { ecKeys, selfSigned } from '../testing/certificates.ts';
import { refusal } from '../testing/refusals.ts';
import { openTestClients, startOfTime } from '../testing/test-clients.ts';

test('secrets overlap, each with its own end, up to sixteen', async (t) => {
  const world = await openTestClients(t);
  await createClient(world, { client_id: 'billing' });
  const expiresAt = startOfTime + 1000;
  const second = await world.clients.addSecret({ clientId: 'billing', expiresAt, actor });
  assert.equal(second.expiresAt, expiresAt);
  for (let i = 2; i < 16; i++) await world.clients.addSecret({ clientId: 'billing', actor });
  await assert.rejects(world.clients.addSecret({ clientId: 'billing', actor }), refusal('limit_reached'));
  world.time.now = expiresAt;
  await world.clients.addSecret({ clientId: 'billing', actor });
  assert.equal((await world.clients.credentials('billing')).length, 17);
  assert.equal((await world.clients.credentials('billing', 3)).length, 3);
  assert.equal((await world.clients.credential('billing', second.credentialId))?.expiresAt, expiresAt);
  assert.equal(await world.clients.credential('other', second.credentialId), undefined);
});

test('a secret that nobody could use is refused', async (t) => {
  const world = await openTestClients(t);
  await createClient(world, { client_id: 'tls', token_endpoint_auth_method: 'tls_client_auth' });
  await createClient(world, { client_id: 'gone' });
  await revokeClient(world, 'gone');
  await assert.rejects(world.clients.addSecret({ clientId: 'tls', actor }), refusal('method_mismatch'));
  await assert.rejects(world.clients.addSecret({ clientId: 'nobody', actor }), refusal('client_unknown'));
  await assert.rejects(world.clients.addSecret({ clientId: 'gone', actor }), refusal('client_revoked'));
  await createClient(world, { client_id: 'billing' });
  for (const expiresAt of [startOfTime, Number.NaN, startOfTime + 0.5]) {
    await assert.rejects(
      world.clients.addSecret({ clientId: 'billing', expiresAt, actor }),
      refusal('metadata_invalid', 'client_secret_expires_at'),
    );
  }
});

test('a certificate is registered by hand, once, for one client', async (t) => {
  const world = await openTestClients(t);
  await createClient(world, { client_id: 'a' });
  await createClient(world, { client_id: 'b' });
  const certificate = await selfSigned();
  const registered = await world.clients.registerCertificate({
    clientId: 'a',
    certificate: certificate.toPem(),
    actor,
  });
  const again = await world.clients.registerCertificate({
    clientId: 'a',
    certificate: certificate.der,
    actor,
  });
  assert.equal(again.id, registered.id);
  const found = await world.clients.byCertificate(certificate.thumbprint);
  assert.deepEqual([found?.clientId, found?.credential.id], ['a', registered.id]);
  assert.equal(await world.clients.byCertificate('unknown'), undefined);
  const events = await world.storage.feed.read(0, 100);
  assert.deepEqual(events.at(-1)?.object, { kind: 'certificate', id: certificate.fingerprint256 });
  assert.equal(events.at(-1)?.act, 'certificate.registered');

  const register = (clientId: string, expiresAt?: number) =>
    world.clients.registerCertificate({
      clientId,
      certificate: certificate.der,
      actor,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    });
  await assert.rejects(register('b'), refusal('certificate_taken'));
  await assert.rejects(register('nobody'), refusal('client_unknown'));
  await assert.rejects(register('a', startOfTime), refusal('metadata_invalid', 'expires_at'));
  await revokeCredential(world, 'a', registered.id);
  await assert.rejects(register('a'), refusal('credential_revoked'));
  await assert.rejects(register('b'), refusal('certificate_taken'));
  await revokeClient(world, 'a');
  await assert.rejects(register('a'), refusal('client_revoked'));
});

test('a client has at most 64 registered certificates', async (t) => {
  const world = await openTestClients(t);
  await createClient(world, { client_id: 'a' });
  const keys = ecKeys();
  const register = async () =>
    world.clients.registerCertificate({
      clientId: 'a',
      certificate: (await selfSigned({ keys })).der,
      actor,
    });
  for (let i = 0; i < 64; i++) await register();
  await assert.rejects(register(), refusal('limit_reached'));
});
