import assert from 'node:assert/strict';
import { afterEach, before, test } from 'node:test';
import { createClient, type MortiseClient } from '../index.ts';
import { startTestAuthorizationServer } from '../testing/authorization-server.ts';
import { createTestAuthority, type TestAuthority } from '../testing/certificates.ts';
import { startTestApi } from '../testing/protected-api.ts';

let authority: TestAuthority;
const stops: (() => Promise<void>)[] = [];
before(async () => {
  authority = await createTestAuthority();
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function setUp(fingerprint256: string, chain: 'with root' | 'leaf alone' = 'with root') {
  const { cert, key } = await authority.server();
  const sent = chain === 'with root' ? `${cert}${authority.ca}` : cert;
  const registered = { clientId: 'billing', secret: 's' };
  const server = await startTestAuthorizationServer(authority, registered, { cert: sent, key });
  const api = await startTestApi(authority, server);
  const client: MortiseClient = createClient({
    issuer: server.issuer,
    clientId: 'billing',
    authentication: { method: 'client_secret_basic', clientSecret: 's' },
    anchors: { fingerprint256 },
  });
  stops.push(
    () => server.stop(),
    () => api.stop(),
    () => client.close(),
  );
  return { server, api, client };
}

test('a root that the server presents is trusted by its fingerprint, for the API too', async () => {
  const { client, api } = await setUp(authority.root.fingerprint256);
  assert.equal((await client.fetch(api.url)).status, 200);
});

test('the fingerprint is read with colons and capitals, as openssl prints it', async () => {
  const printed = authority.root.fingerprint256.toUpperCase().match(/../g)?.join(':') ?? '';
  const { client } = await setUp(printed);
  await client.token();
});

test('another fingerprint is anchor_not_presented, and no request is sent', async () => {
  const { client, server } = await setUp('0'.repeat(64));
  await assert.rejects(client.token(), { code: 'anchor_not_presented' });
  assert.equal(server.discoveries, 0);
});

test('a root that is not in the chain is found by its fingerprint among the roots that the server names', async () => {
  const { client, server } = await setUp(authority.root.fingerprint256, 'leaf alone');
  const other = await createTestAuthority();
  server.answers.set('/trust/v1/bundle.pem', (response) => response.end(`${other.ca}${authority.ca}`));
  await client.token();
});

test('a server that names another root, or too much, is not trusted', async () => {
  const { client, server } = await setUp(authority.root.fingerprint256, 'leaf alone');
  const other = await createTestAuthority();
  for (const text of [
    other.ca,
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
    'x'.repeat(2_000_000),
  ]) {
    server.answers.set('/trust/v1/bundle.pem', (response) => response.end(text));
    await assert.rejects(client.token(), { code: 'anchor_not_presented' });
  }
  assert.equal(server.discoveries, 0);
});

test('a server that sends no root is told apart', async () => {
  const { client, server } = await setUp(authority.root.fingerprint256, 'leaf alone');
  await assert.rejects(client.token(), { code: 'anchor_not_presented' });
  assert.equal(server.discoveries, 0);
});

test('a pinned root does not vouch for what it has not issued', async () => {
  const stranger = await createTestAuthority('Stranger');
  const { cert, key } = await stranger.server();
  // Presents the pinned root beside a certificate of its own making.
  const server = await startTestAuthorizationServer(
    stranger,
    { clientId: 'billing', secret: 's' },
    { cert: `${cert}${authority.ca}`, key },
  );
  const client = createClient({
    issuer: server.issuer,
    clientId: 'billing',
    authentication: { method: 'client_secret_basic', clientSecret: 's' },
    anchors: { fingerprint256: authority.root.fingerprint256 },
  });
  stops.push(
    () => server.stop(),
    () => client.close(),
  );
  await assert.rejects(client.token(), (error: { code?: string }) =>
    ['anchor_not_presented', 'server_unreachable'].includes(error.code ?? ''),
  );
  assert.equal(server.discoveries, 0);
  assert.equal(server.tokenRequests.length, 0);
});

test('a server that is away is server_unreachable, and asked again by the next call', async () => {
  const { client, server } = await setUp(authority.root.fingerprint256);
  await server.stop();
  await assert.rejects(client.token(), { code: 'server_unreachable' });
  await assert.rejects(client.token(), { code: 'server_unreachable' });
});
