import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownAuthorities } from '../claims.ts';
import { clientDnsName } from '../client-dns-name.ts';
import { actor, createClient } from '../testing/acts.ts';
import { selfSigned } from '../testing/certificates.ts';
import { refusal } from '../testing/refusals.ts';
import { openTestClients } from '../testing/test-clients.ts';

const issuer = 'https://auth.example';
const tls = { token_endpoint_auth_method: 'tls_client_auth' };
const taken = refusal('matcher_taken', 'tls_client_auth_san_dns');

test("a name that is made from another client's id is no matcher, whether or not that client is there yet", async (t) => {
  const world = await openTestClients(t);
  const { client } = await createClient(world, { client_id: 'a' });
  assert.equal(clientDnsName(client, issuer), 'a.clients.auth.example');
  const odd = await createClient(world, { client_id: 'Not.A.Label' });
  for (const name of [
    'a.clients.auth.example',
    'A.Clients.Auth.Example',
    'later.clients.auth.example',
    clientDnsName(odd.client, issuer),
  ]) {
    const metadata = { ...tls, client_id: 'b', tls_client_auth_san_dns: name };
    await assert.rejects(createClient(world, metadata), taken, name);
    const anchored = {
      ...metadata,
      tls_client_auth_trust_anchors: [(await selfSigned({ ca: true })).toPem()],
    };
    await assert.rejects(createClient(world, anchored), taken, name);
  }
  await createClient(world, { ...tls, client_id: 'b' });
  const update = (changes: { tls_client_auth_san_dns?: string; client_name?: string }) =>
    world.clients.update({ clientId: 'b', changes, actor });
  await assert.rejects(update({ tls_client_auth_san_dns: 'a.clients.auth.example' }), taken);
  await update({ client_name: 'B' });
});

test('its own name, and names that no id makes, are matchers', async (t) => {
  const world = await openTestClients(t);
  for (const [id, name] of [
    ['own', 'OWN.clients.auth.example'],
    ['b', 'x.own.clients.auth.example'],
    ['c', 'clients.auth.example'],
    ['d', 'own.clients.other.example'],
    ['e', 'id-x.clients.auth.example'],
  ] as const) {
    await createClient(world, { ...tls, client_id: id, tls_client_auth_san_dns: name });
  }
});

test('a client that would get a name which another has as its matcher from before is refused', async (t) => {
  const world = await openTestClients(t);
  const { client } = await createClient(world, {
    ...tls,
    client_id: 'before',
    tls_client_auth_san_dns: 'before.example',
  });
  const name = 'late.clients.auth.example';
  await world.storage.clients.update(
    {
      client: { ...client, tlsClientAuth: { kind: 'san_dns', value: name }, revision: client.revision + 1 },
      expectedRevision: client.revision,
      claims: [{ anchor: ownAuthorities, matcher: `san_dns:${name}` }],
      addCredentials: [],
      expireCredentials: [],
    },
    [],
  );
  await assert.rejects(createClient(world, { client_id: 'late' }), (error: unknown) => {
    assert.match(
      String(error),
      /the client before has the name of this client, late\.clients\.auth\.example/,
    );
    return refusal('matcher_taken')(error);
  });
  // With a DNS matcher of its own it does not get that name, until it gives the matcher up.
  await createClient(world, { ...tls, client_id: 'late', tls_client_auth_san_dns: 'late.example' });
  const changes = { tls_client_auth_san_uri: 'urn:late' };
  await assert.rejects(world.clients.update({ clientId: 'late', changes, actor }), refusal('matcher_taken'));
  // What it has, the older client keeps.
  await world.clients.update({ clientId: 'before', changes: { client_name: 'Before' }, actor });
});
