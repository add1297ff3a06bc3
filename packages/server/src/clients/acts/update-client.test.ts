import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Certificate } from '@mortise/x509';
import { acceptsMethod } from '../client.ts';
import { actor, createClient, revokeClient, revokeCredential } from '../testing/acts.ts';
import { ecKeys, selfSigned } from '../testing/certificates.ts';
import { refusal } from '../testing/refusals.ts';
import { openTestClients, startOfTime } from '../testing/test-clients.ts';

test('updating replaces what it names, keeps the rest, and null takes away', async (t) => {
  const world = await openTestClients(t);
  await createClient(world, {
    client_id: 'a',
    client_name: 'A',
    scope: 'read',
    tls_client_auth_san_dns: 'a.example',
  });
  const update = (changes: Record<string, string | number | null>) =>
    world.clients.update({ clientId: 'a', changes, actor });
  const { client } = await update({ access_token_lifetime_seconds: 60, tls_client_auth_san_uri: 'urn:a' });
  assert.equal(client.clientName, 'A');
  assert.equal(client.accessTokenLifetimeSeconds, 60);
  assert.deepEqual(client.tlsClientAuth, { kind: 'san_uri', value: 'urn:a' });
  assert.equal(client.revision, 2);
  assert.equal(client.credentials.length, 1);
  const second = await update({
    client_name: null,
    access_token_lifetime_seconds: null,
    tls_client_auth_san_uri: null,
  });
  assert.equal(second.client.clientName, undefined);
  assert.equal(second.client.accessTokenLifetimeSeconds, undefined);
  assert.equal(second.client.tlsClientAuth, undefined);
  await createClient(world, { client_id: 'b', tls_client_auth_san_dns: 'a.example' });
  await assert.rejects(update({ tls_client_auth_san_dns: 'a.example' }), refusal('matcher_taken'));
  const events = await world.storage.feed.read(0, 100);
  const updated = events.find((event) => event.act === 'client.updated');
  assert.deepEqual(updated?.data, { changed: ['access_token_lifetime_seconds', 'tls_client_auth_san_uri'] });
});

test('an update that is wrong is refused and changes nothing', async (t) => {
  const world = await openTestClients(t);
  await createClient(world, { client_id: 'a', scope: 'read' });
  const before = await world.clients.read('a');
  for (const [member, changes] of [
    ['scope', { scope: 'read nothing' }],
    ['client_id', { client_id: 'b' }],
    ['unknown', { unknown: 1 }],
    ['jwks', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['__proto__', JSON.parse('{"__proto__":{"scope":"write"}}')],
  ] as const) {
    await assert.rejects(
      world.clients.update({ clientId: 'a', changes, actor }),
      refusal('metadata_invalid', member),
    );
  }
  await assert.rejects(
    world.clients.update({ clientId: 'a', changes: { resources: ['urn:none'] }, actor }),
    refusal('resource_unknown', 'resources'),
  );
  await assert.rejects(
    world.clients.update({ clientId: 'b', changes: {}, actor }),
    refusal('client_unknown'),
  );
  assert.deepEqual(await world.clients.read('a'), before);
  await revokeClient(world, 'a');
  await assert.rejects(
    world.clients.update({ clientId: 'a', changes: {}, actor }),
    refusal('client_revoked'),
  );
});

test('a move keeps the former method until its end; without an end it stops at once', async (t) => {
  const world = await openTestClients(t);
  await createClient(world, { client_id: 'a' });
  const until = startOfTime + 60_000;
  const { client, secret } = await world.clients.update({
    clientId: 'a',
    changes: {
      token_endpoint_auth_method: 'tls_client_auth',
      previous_token_endpoint_auth_method_expires_at: until / 1000,
    },
    actor,
  });
  assert.equal(secret, undefined);
  assert.deepEqual(client.previousAuthMethod, { method: 'client_secret_basic', until });
  assert.equal(acceptsMethod(client, 'tls_client_auth', startOfTime), true);
  assert.equal(acceptsMethod(client, 'client_secret_basic', until - 1), true);
  assert.equal(acceptsMethod(client, 'client_secret_basic', until), false);
  assert.equal(acceptsMethod(client, 'client_secret_post', startOfTime), false);
  const info = world.clients.information(client);
  assert.equal(info['previous_token_endpoint_auth_method'], 'client_secret_basic');
  assert.equal(info['previous_token_endpoint_auth_method_expires_at'], until / 1000);

  const kept = await world.clients.update({ clientId: 'a', changes: { client_name: 'A' }, actor });
  assert.deepEqual(kept.client.previousAuthMethod, client.previousAuthMethod);
  const back = await world.clients.update({
    clientId: 'a',
    changes: { token_endpoint_auth_method: 'client_secret_basic' },
    actor,
  });
  assert.equal(back.client.previousAuthMethod, undefined);
  assert.equal(back.secret, undefined, 'its hashed secret is still there');
  world.time.now = until;
  assert.equal(world.clients.information(client)['previous_token_endpoint_auth_method'], undefined);
});

test('a method that needs another form of secret brings one', async (t) => {
  const world = await openTestClients(t);
  await createClient(world, { client_id: 'a' });
  const { client, secret } = await world.clients.update({
    clientId: 'a',
    changes: { token_endpoint_auth_method: 'client_secret_jwt' },
    actor,
  });
  assert.match(secret?.clientSecret ?? '', /^mrt_/);
  assert.deepEqual(client.credentials.map((one) => one.kind === 'secret' && one.form).sort(), [
    'encrypted',
    'hashed',
  ]);
});

test('a new jwks ends the keys that it leaves out, and brings back those it names again', async (t) => {
  const world = await openTestClients(t);
  const jwk = () => ecKeys().publicKey.export({ format: 'jwk' }) as Record<string, string>;
  const [a, b] = [jwk(), jwk()];
  const certificate = await selfSigned();
  const x5c = {
    ...(certificate.publicKey.export({ format: 'jwk' }) as Record<string, string>),
    x5c: [certificate.der.toString('base64')],
  };
  const { client } = await world.clients.create({
    metadata: { client_id: 'a', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [a, x5c] } },
    actor,
  });
  assert.deepEqual(client.credentials.map((one) => one.kind).sort(), ['certificate', 'key', 'key']);
  const replace = (keys: object[] | null) =>
    world.clients.update({
      clientId: 'a',
      changes: { jwks: keys === null ? null : ({ keys } as never) },
      actor,
    });
  const second = await replace([b]);
  assert.equal(second.client.credentials.length, 1);
  const ended = await world.clients.credentials('a');
  assert.equal(ended.filter((one) => one.expiresAt === startOfTime && one.revokedAt === undefined).length, 3);
  const events = await world.storage.feed.read(0, 100);
  const endedIds = events.at(-1)?.data?.['ended_credentials'];
  assert.ok(Array.isArray(endedIds) && endedIds.length === 3);

  const third = await replace([a, b, x5c]);
  assert.deepEqual(
    third.client.credentials.map((one) => one.id).sort(),
    (await world.clients.credentials('a')).map((one) => one.id).sort(),
    'the same credentials as before',
  );
  await assert.rejects(replace(null), refusal('metadata_invalid', 'jwks'));
  await assert.rejects(replace([]), refusal('metadata_invalid', 'jwks'));
  const { client: moved } = await world.clients.update({
    clientId: 'a',
    changes: { jwks_uri: 'https://pay.example/jwks' },
    actor,
  });
  assert.deepEqual(moved.credentials, []);
  assert.equal(moved.jwksUri, 'https://pay.example/jwks');
});

test('a revoked key or another client’s certificate does not return through jwks', async (t) => {
  const world = await openTestClients(t);
  const jwk = ecKeys().publicKey.export({ format: 'jwk' }) as Record<string, string>;
  const certificate = await selfSigned();
  const x5c = {
    ...(certificate.publicKey.export({ format: 'jwk' }) as Record<string, string>),
    x5c: [certificate.der.toString('base64')],
  };
  const { client } = await world.clients.create({
    metadata: { client_id: 'a', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } },
    actor,
  });
  const id = client.credentials[0]!.id;
  await revokeCredential(world, 'a', id);
  const update = (clientId: string, keys: object[]) =>
    world.clients.update({ clientId, changes: { jwks: { keys } as never }, actor });
  await assert.rejects(update('a', [jwk]), refusal('credential_revoked', 'jwks'));
  await createClient(world, { client_id: 'b' });
  await world.clients.registerCertificate({ clientId: 'b', certificate: certificate.der, actor });
  await assert.rejects(update('a', [x5c]), refusal('certificate_taken'));
});

test('a certificate that jwks took away comes back only through jwks', async (t) => {
  const world = await openTestClients(t);
  await createClient(world, { client_id: 'a', token_endpoint_auth_method: 'self_signed_tls_client_auth' });
  const { der } = await selfSigned();
  const register = () => world.clients.registerCertificate({ clientId: 'a', certificate: der, actor });
  await register();
  const { client } = await world.clients.update({ clientId: 'a', changes: { jwks: null }, actor });
  assert.deepEqual(client.credentials, []);
  await assert.rejects(register(), refusal('certificate_invalid'));
  const jwk = Certificate.parse(der).publicKey.export({ format: 'jwk' });
  const keys = [{ ...jwk, x5c: [der.toString('base64')] }];
  const back = await world.clients.update({ clientId: 'a', changes: { jwks: { keys } as never }, actor });
  assert.equal(back.client.credentials.length, 1);
});

test('two updates at once are both made, one after the other', async (t) => {
  const world = await openTestClients(t);
  await createClient(world, { client_id: 'a' });
  await Promise.all([
    world.clients.update({ clientId: 'a', changes: { client_name: 'A' }, actor }),
    world.clients.update({
      clientId: 'a',
      changes: { scope: 'read', resources: ['https://api.example'] },
      actor,
    }),
    world.clients.update({ clientId: 'a', changes: { access_token_lifetime_seconds: 60 }, actor }),
  ]);
  const client = await world.clients.find('a');
  assert.deepEqual(
    [client?.clientName, client?.scope, client?.accessTokenLifetimeSeconds, client?.revision],
    ['A', ['read'], 60, 4],
  );
});
