import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Certificate } from '@mortise/x509';
import { actor, createClient, revokeClient } from './testing/acts.ts';
import { selfSigned } from './testing/certificates.ts';
import { refusal } from './testing/refusals.ts';
import { openTestClients, startOfTime } from './testing/test-clients.ts';

test('a client is created with its first secret, which is shown once and kept as a hash', async (t) => {
  const world = await openTestClients(t);
  const { client, secret } = await createClient(world, { client_id: 'billing', scope: 'read' });
  assert.match(secret?.clientSecret ?? '', /^mrt_/);
  assert.deepEqual(await world.clients.find('billing'), client);
  assert.equal(client.credentials[0]?.id, secret?.credentialId);
  assert.equal(JSON.stringify(client).includes(secret!.clientSecret), false);
  assert.deepEqual(world.clients.information(client, secret), {
    client_id: 'billing',
    client_id_issued_at: startOfTime / 1000,
    client_secret: secret!.clientSecret,
    client_secret_expires_at: 0,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'],
    response_types: [],
    scope: 'read',
    resources: ['https://api.example'],
    tls_client_certificate_bound_access_tokens: false,
    legacy_assertion_audience: false,
    status: 'active',
  });
  assert.equal('client_secret' in world.clients.information(client), false);
});

test('creation is in the feed, with its credentials and without its secret', async (t) => {
  const world = await openTestClients(t);
  const { secret } = await createClient(world, { client_id: 'billing', scope: 'read' });
  const events = (await world.storage.feed.read(0, 10)).slice(1);
  assert.deepEqual(
    events.map((event) => [event.actor, event.act, event.object, event.clientId, event.data]),
    [
      [
        actor,
        'secret.added',
        { kind: 'credential', id: secret!.credentialId },
        'billing',
        { stored: 'hashed' },
      ],
      [
        actor,
        'client.created',
        { kind: 'client', id: 'billing' },
        'billing',
        {
          token_endpoint_auth_method: 'client_secret_basic',
          scope: 'read',
          resources: ['https://api.example'],
        },
      ],
    ],
  );
  assert.equal(JSON.stringify(events).includes(secret!.clientSecret), false);
});

test('without an id the client gets one', async (t) => {
  const world = await openTestClients(t);
  const { client } = await createClient(world, {});
  assert.match(client.clientId, /^c_[a-z2-7]{10}$/);
});

test('a secret for client_secret_jwt is kept whole, and other methods get none', async (t) => {
  const world = await openTestClients(t);
  const jwt = await createClient(world, {
    client_id: 'jwt',
    token_endpoint_auth_method: 'client_secret_jwt',
  });
  const credential = jwt.client.credentials[0];
  assert.ok(credential?.kind === 'secret' && credential.form === 'encrypted');
  const tls = await createClient(world, { client_id: 'tls', token_endpoint_auth_method: 'tls_client_auth' });
  assert.equal(tls.secret, undefined);
  assert.deepEqual(tls.client.credentials, []);
});

test('what cannot be created is refused, and nothing is kept of it', async (t) => {
  const world = await openTestClients(t);
  await createClient(world, { client_id: 'billing', token_endpoint_auth_method: 'tls_client_auth' });
  for (const client_id of ['', '-a', 'a b', 'a/b', 'é', 'a'.repeat(129)]) {
    await assert.rejects(createClient(world, { client_id }), refusal('metadata_invalid', 'client_id'));
  }
  await assert.rejects(createClient(world, { client_id: 'billing' }), refusal('client_exists', 'client_id'));
  await assert.rejects(createClient(world, { scope: 'nothing' }), refusal('metadata_invalid', 'scope'));
  await assert.rejects(
    createClient(world, { scope: 'nothing', resources: ['https://api.example'] }),
    refusal('metadata_invalid', 'scope'),
  );
  await assert.rejects(
    createClient(world, { resources: ['urn:none'] }),
    refusal('resource_unknown', 'resources'),
  );
  await assert.rejects(
    createClient(world, { token_endpoint_auth_method: 'private_key_jwt' }),
    refusal('metadata_invalid', 'jwks'),
  );
  await assert.rejects(
    createClient(world, { tls_client_auth_san_uri: 'https://auth.example/clients/billing' }),
    refusal('matcher_taken'),
  );
  await assert.rejects(
    world.clients.create({ metadata: {}, secretExpiresAt: startOfTime, actor }),
    refusal('metadata_invalid', 'client_secret_expires_at'),
  );
  await assert.rejects(
    world.clients.create({
      metadata: { token_endpoint_auth_method: 'tls_client_auth' },
      secretExpiresAt: startOfTime + 1,
      actor,
    }),
    refusal('metadata_invalid', 'client_secret_expires_at'),
  );
  assert.deepEqual(
    (await world.clients.list({ limit: 10 })).map((client) => client.clientId),
    ['billing'],
  );
});

test('a scope that several resources offer needs the resource named', async (t) => {
  const world = await openTestClients(t);
  await world.resources.create({ metadata: { resource: 'urn:b', scopes_supported: ['read'] }, actor });
  await assert.rejects(createClient(world, { scope: 'read' }), refusal('metadata_invalid', 'resources'));
  const { client } = await createClient(world, {
    scope: 'read write',
    resources: ['urn:b', 'https://api.example'],
  });
  assert.deepEqual(client.resources, ['urn:b', 'https://api.example']);
});

test('a matcher under one anchor belongs to one client, however it is written', async (t) => {
  const world = await openTestClients(t);
  const ca = await selfSigned({ subject: 'CN=CA', ca: true });
  const sameName = await selfSigned({ subject: 'CN=CA', ca: true });
  const tls = { token_endpoint_auth_method: 'tls_client_auth' };
  const under = (anchor: Certificate) => ({ ...tls, tls_client_auth_trust_anchors: [anchor.toPem()] });
  await createClient(world, { ...under(ca), client_id: 'a', tls_client_auth_subject_dn: 'CN=Pay,O=Acme' });
  await assert.rejects(
    createClient(world, { ...under(ca), client_id: 'b', tls_client_auth_subject_dn: 'cn=pay, o=ACME' }),
    refusal('matcher_taken'),
  );
  await createClient(world, {
    ...under(sameName),
    client_id: 'c',
    tls_client_auth_subject_dn: 'CN=Pay,O=Acme',
  });
  await createClient(world, { ...tls, client_id: 'd', tls_client_auth_subject_dn: 'CN=Pay,O=Acme' });
  await createClient(world, { ...under(ca), client_id: 'e', tls_client_auth_subject_dn: 'CN=Pay2,O=Acme' });

  const certificate = await selfSigned({ subject: 'CN=PAY,O=acme' });
  assert.equal(await world.clients.byMatcher(ca.spkiSha256, certificate), 'a');
  assert.equal(await world.clients.byMatcher(sameName.spkiSha256, certificate), 'c');
  assert.equal(await world.clients.byMatcher('0'.repeat(64), certificate), undefined);
  assert.equal(
    await world.clients.byMatcher(ca.spkiSha256, await selfSigned({ subject: 'CN=x' })),
    undefined,
  );
});

test('a certificate whose names belong to two clients maps to neither', async (t) => {
  const world = await openTestClients(t, { ownAnchorPins: () => ['f'.repeat(64)] });
  await createClient(world, { client_id: 'a', tls_client_auth_san_dns: 'a.example' });
  await createClient(world, { client_id: 'b', tls_client_auth_san_uri: 'urn:b' });
  const both = await selfSigned({
    names: [
      { type: 'dns', value: 'a.example' },
      { type: 'uri', value: 'urn:b' },
    ],
  });
  const one = await selfSigned({
    names: [
      { type: 'dns', value: 'a.example' },
      { type: 'uri', value: 'urn:c' },
    ],
  });
  assert.equal(await world.clients.byMatcher('f'.repeat(64), both), undefined);
  assert.equal(await world.clients.byMatcher('f'.repeat(64), one), 'a');
});

test('a client that pins the root of this server claims what one without anchors claims', async (t) => {
  const root = await selfSigned({ ca: true });
  const world = await openTestClients(t, { ownAnchorPins: () => [root.spkiSha256] });
  await createClient(world, { client_id: 'a', tls_client_auth_san_dns: 'pay.example' });
  await assert.rejects(
    createClient(world, {
      client_id: 'b',
      tls_client_auth_san_dns: 'pay.example',
      tls_client_auth_trust_anchors: [root.toPem()],
    }),
    refusal('matcher_taken'),
  );
});

test('a cached client is fresh after each act, and absence ends with creation', async (t) => {
  const world = await openTestClients(t);
  assert.equal(await world.clients.find('billing'), undefined);
  await createClient(world, { client_id: 'billing', scope: 'read' });
  const first = await world.clients.find('billing');
  assert.equal(await world.clients.find('billing'), first);
  assert.equal(world.clients.peek('billing'), first);
  await world.clients.update({ clientId: 'billing', changes: { scope: 'read write' }, actor });
  assert.deepEqual((await world.clients.find('billing'))?.scope, ['read', 'write']);
  await world.clients.addSecret({ clientId: 'billing', actor });
  assert.equal((await world.clients.find('billing'))?.credentials.length, 2);
  await revokeClient(world, 'billing');
  assert.equal((await world.clients.find('billing'))?.status, 'revoked');
  assert.equal(await world.clients.find('no such id'), undefined);
  assert.equal(await world.clients.read('no such id'), undefined);
});

test('of two creations of one id at once, one is refused', async (t) => {
  const world = await openTestClients(t);
  const outcomes = await Promise.allSettled([
    createClient(world, { client_id: 'a' }),
    createClient(world, { client_id: 'a' }),
  ]);
  assert.deepEqual(outcomes.map((one) => one.status).sort(), ['fulfilled', 'rejected']);
});

test('clients are listed in pages', async (t) => {
  const world = await openTestClients(t);
  for (const client_id of ['b', 'a', 'C', 'd']) await createClient(world, { client_id });
  const ids = async (page: { after?: string; limit: number }) =>
    (await world.clients.list(page)).map((client) => client.clientId);
  assert.deepEqual(await ids({ limit: 2 }), ['C', 'a']);
  assert.deepEqual(await ids({ after: 'a', limit: 2 }), ['b', 'd']);
  assert.deepEqual(await ids({ limit: Number.NaN }), ['C']);
  assert.equal((await ids({ limit: 1e9 })).length, 4);
});

test('what a client’s information says registers the same client', async (t) => {
  const world = await openTestClients(t);
  const ca = await selfSigned({ ca: true });
  const { client } = await createClient(world, {
    client_id: 'a',
    client_name: 'A',
    token_endpoint_auth_method: 'tls_client_auth',
    scope: 'read write',
    default_scope: 'read',
    tls_client_auth_san_ip: '2001:DB8::1',
    tls_client_auth_trust_anchors: [ca.toPem()],
  });
  const { client_id_issued_at: _, status: __, ...metadata } = world.clients.information(client);
  const { client: again } = await world.clients.update({ clientId: 'a', changes: metadata, actor });
  assert.deepEqual({ ...again, revision: 1 }, client);
});
