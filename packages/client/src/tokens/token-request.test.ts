import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { createClient, type MortiseClient } from '../index.ts';
import {
  startTestAuthorizationServer,
  type TestAuthorizationServer,
} from '../testing/authorization-server.ts';
import { createTestAuthority, type TestAuthority } from '../testing/certificates.ts';

const now = 1_800_000_000_000;
let authority: TestAuthority;
let server: TestAuthorizationServer;
const clients: MortiseClient[] = [];
before(async () => {
  authority = await createTestAuthority();
  server = await startTestAuthorizationServer(authority, { clientId: 'billing', secret: 's3cret' });
});
afterEach(async () => {
  server.answers.clear();
  for (const client of clients.splice(0)) await client.close();
});
after(() => server.stop());

function clientOf(clientSecret = 's3cret'): MortiseClient {
  const client = createClient({
    issuer: server.issuer,
    clientId: 'billing',
    authentication: { method: 'client_secret_basic', clientSecret },
    anchors: authority.ca,
    clock: () => now,
  });
  clients.push(client);
  return client;
}

function answer(path: string, status: number, body: unknown, headers: Record<string, string> = {}): void {
  server.answers.set(path, (response: ServerResponse) => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

test('a token comes with its expiry and the scope that was granted', async () => {
  answer('/oauth2/token', 200, { access_token: 'x', token_type: 'bearer', expires_in: '120', scope: 'a b' });
  assert.deepEqual(await clientOf().token(), { accessToken: 'x', scope: 'a b', expiresAt: now + 120_000 });
});

test('a token of unsaid life lives a minute', async () => {
  answer('/oauth2/token', 200, { access_token: 'x', token_type: 'Bearer' });
  assert.deepEqual(await clientOf().token(), { accessToken: 'x', scope: undefined, expiresAt: now + 60_000 });
});

test('a refusal is an OAuthError with the code of the RFC, and without the secret', async () => {
  await assert.rejects(clientOf('wrong-s3cret').token(), (error: Error & Record<string, unknown>) => {
    assert.equal(error.name, 'OAuthError');
    assert.equal(error['code'], 'invalid_client');
    assert.equal(error['status'], 401);
    assert.equal(error['description'], 'not proven');
    assert.equal(JSON.stringify(error).includes('s3cret') || String(error.stack).includes('s3cret'), false);
    return true;
  });
  await assert.rejects(clientOf().token({ scope: 'forbidden' }), {
    name: 'OAuthError',
    code: 'invalid_scope',
    status: 400,
  });
});

test('a refusal says when to come back, and its text has no control characters', async () => {
  answer(
    '/oauth2/token',
    429,
    { error: 'slow_down', error_description: 'too\nmany\u0000' },
    { 'retry-after': '7' },
  );
  await assert.rejects(clientOf().token(), {
    code: 'slow_down',
    retryAfterSeconds: 7,
    description: 'too many ',
  });
});

const unreachable: [string, number, unknown][] = [
  ['no OAuth error', 500, 'oops'],
  ['an error that is no text', 400, { error: 1 }],
  ['an error that is no code', 400, { error: 'a"b' }],
  ['a redirect', 302, ''],
];
for (const [what, status, body] of unreachable) {
  test(`${what} is server_unreachable`, async () => {
    answer('/oauth2/token', status, body, { location: '/elsewhere' });
    await assert.rejects(clientOf().token(), { code: 'server_unreachable' });
  });
}

const malformedTokens: [string, unknown][] = [
  ['no token', { token_type: 'Bearer' }],
  ['an empty token', { access_token: '', token_type: 'Bearer' }],
  ['no type', { access_token: 'x' }],
  ['another type', { access_token: 'x', token_type: 'DPoP' }],
  ['a life that is no number', { access_token: 'x', token_type: 'Bearer', expires_in: 'long' }],
  ['a negative life', { access_token: 'x', token_type: 'Bearer', expires_in: -1 }],
  ['no JSON', 'token'],
  ['more than 256 KiB', 'x'.repeat(262_145)],
];
for (const [what, body] of malformedTokens) {
  test(`an answer with ${what} is server_response_invalid`, async () => {
    answer('/oauth2/token', 200, body);
    await assert.rejects(clientOf().token(), { code: 'server_response_invalid' });
  });
}

const malformedMetadata: [string, (issuer: string) => unknown][] = [
  [
    'of another issuer',
    () => ({ issuer: 'https://other.example', token_endpoint: 'https://other.example/token' }),
  ],
  ['without a token endpoint', (issuer) => ({ issuer })],
  ['with a token endpoint without TLS', (issuer) => ({ issuer, token_endpoint: 'http://localhost/token' })],
  [
    'with an mTLS endpoint without TLS',
    (issuer) => ({
      issuer,
      token_endpoint: issuer,
      mtls_endpoint_aliases: { token_endpoint: 'http://localhost' },
    }),
  ],
  ['that are no JSON', () => '<html>'],
];
for (const [what, metadata] of malformedMetadata) {
  test(`metadata ${what} is server_response_invalid, and asked for again the next time`, async () => {
    const path = '/.well-known/oauth-authorization-server';
    answer(path, 200, metadata(server.issuer));
    const client = clientOf();
    await assert.rejects(client.token(), { code: 'server_response_invalid' });
    server.answers.clear();
    await client.token();
  });
}

test('an issuer without metadata is server_unreachable', async () => {
  answer('/.well-known/oauth-authorization-server', 404, '');
  await assert.rejects(clientOf().token(), { code: 'server_unreachable' });
});
