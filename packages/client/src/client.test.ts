import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, test } from 'node:test';
import { type ClientOptions, createClient, type MortiseClient } from './index.ts';
import {
  startTestAuthorizationServer,
  type TestAuthorizationServer,
} from './testing/authorization-server.ts';
import { createTestAuthority, type Issued, type TestAuthority } from './testing/certificates.ts';
import { startTestApi, type TestApi } from './testing/protected-api.ts';

let authority: TestAuthority;
let billing: Issued;
let renewed: Issued;
let server: TestAuthorizationServer;
let api: TestApi;
const clients: MortiseClient[] = [];
before(async () => {
  authority = await createTestAuthority();
  billing = await authority.client('billing');
  renewed = await authority.client('billing');
});
beforeEach(async () => {
  server = await startTestAuthorizationServer(authority, {
    clientId: 'billing',
    thumbprints: [billing.thumbprint],
  });
  api = await startTestApi(authority, server);
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await api.stop();
  await server.stop();
});

function clientOf(options: Partial<ClientOptions> = {}): MortiseClient {
  const client = createClient({
    issuer: server.issuer,
    clientId: 'billing',
    authentication: { method: 'tls_client_auth' },
    certificate: billing,
    anchors: authority.ca,
    ...options,
  });
  clients.push(client);
  return client;
}

test('a call presents the certificate and the token bound to it', async () => {
  const response = await clientOf({ scope: ['a', 'b'], resource: 'https://api.example' }).fetch(
    `${api.url}/x`,
    { method: 'POST', body: 'hello' },
  );
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { in: true });
  assert.equal(api.requests[0]?.thumbprint, billing.thumbprint);
  assert.equal(api.requests[0]?.body, 'hello');
  assert.equal(server.tokenRequests[0]?.form.get('scope'), 'a b');
  assert.equal(server.tokenRequests[0]?.form.get('resource'), 'https://api.example');
});

test('scope and resource of a call count before those of the client', async () => {
  const client = clientOf({ scope: 'a', resource: 'https://a.example' });
  await client.fetch(api.url, { scope: 'c', resource: 'https://c.example' });
  const form = server.tokenRequests[0]?.form;
  assert.equal(form?.get('scope'), 'c');
  assert.equal(form?.get('resource'), 'https://c.example');
});

test('many calls at once make one token request for each scope and resource, and one discovery', async () => {
  const client = clientOf();
  const wanted = ['a', 'b'].flatMap((scope) => Array.from({ length: 10 }, () => client.token({ scope })));
  const tokens = new Set((await Promise.all(wanted)).map(({ accessToken }) => accessToken));
  assert.equal(tokens.size, 2);
  assert.equal(server.tokenRequests.length, 2);
  assert.equal(server.discoveries, 1);
  await client.token({ scope: 'a' });
  assert.equal(server.tokenRequests.length, 2);
});

test('a token that the API does not accept any more is replaced, and the call made once more', async () => {
  const client = clientOf();
  await client.fetch(api.url);
  server.tokens.clear();
  const response = await client.fetch(api.url, { method: 'PUT', body: 'again' });
  assert.equal(response.status, 200);
  assert.deepEqual(
    api.requests.map(({ body }) => body),
    ['', 'again', 'again'],
  );
  assert.equal(server.tokenRequests.length, 2);
});

test('it tries once more and not for ever', async () => {
  const client = clientOf();
  api.answers.set('/', (_request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
  });
  const response = await client.fetch(api.url);
  assert.equal(response.status, 401);
  assert.equal(api.requests.length, 2);
});

const finalAnswers: [string, number, string | undefined][] = [
  ['a missing scope', 403, 'Bearer error="insufficient_scope", scope="a"'],
  ['a challenge without a code', 401, 'Bearer realm="x"'],
  ['another scheme', 401, 'Basic realm="invalid_token"'],
  ['no challenge', 401, undefined],
];
for (const [what, status, challenge] of finalAnswers) {
  test(`${what} is the caller's answer at once`, async () => {
    api.answers.set('/', (_request, response) => {
      response.writeHead(status, challenge === undefined ? {} : { 'www-authenticate': challenge }).end();
    });
    const response = await clientOf().fetch(api.url);
    assert.equal(response.status, status);
    assert.equal(api.requests.length, 1);
    assert.equal(server.tokenRequests.length, 1);
  });
}

test('a body that is read as it goes is not sent twice', async () => {
  const client = clientOf();
  await client.fetch(api.url);
  server.tokens.clear();
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from('once'));
      controller.close();
    },
  });
  const response = await client.fetch(api.url, { method: 'POST', body, duplex: 'half' });
  assert.equal(response.status, 401);
  assert.deepEqual(
    api.requests.map((request) => request.body),
    ['', 'once'],
  );
});

test('a redirect is answered to the caller, and the token stays where it was meant for', async () => {
  api.answers.set('/', (_request, response) =>
    response.writeHead(302, { location: `${api.url}/elsewhere` }).end(),
  );
  const response = await clientOf().fetch(api.url);
  assert.equal(response.status, 302);
  assert.equal(api.requests.length, 1);
});

test('neither token nor certificate goes to plain http', async () => {
  const client = clientOf();
  await assert.rejects(client.fetch('http://localhost:1/'), { code: 'configuration_invalid' });
  await assert.rejects(client.request({ url: 'http://localhost:1/', token: false }), {
    code: 'configuration_invalid',
  });
  assert.equal(server.tokenRequests.length, 0);
});

test('an Authorization header of the caller is refused', async () => {
  await assert.rejects(clientOf().fetch(api.url, { headers: { Authorization: 'Bearer x' } }), {
    code: 'configuration_invalid',
  });
});

test('an API with a certificate of another authority gets neither token nor request', async () => {
  const stranger = await createTestAuthority('Stranger');
  const strangeApi = await startTestApi(stranger, server);
  await assert.rejects(clientOf().fetch(strangeApi.url), { code: 'server_unreachable' });
  assert.equal(strangeApi.requests.length, 0);
  await strangeApi.stop();
});

test('an authorization server with a certificate of another authority is not asked', async () => {
  const stranger = await createTestAuthority('Stranger');
  await assert.rejects(clientOf({ anchors: stranger.ca }).token(), { code: 'server_unreachable' });
  assert.equal(server.discoveries, 0);
});

test('anchors are taken as DER too, and in lists', async () => {
  const stranger = await createTestAuthority('Stranger');
  for (const anchors of [authority.root.der, [stranger.ca, authority.root.der], Buffer.from(authority.ca)]) {
    await clientOf({ anchors }).token();
  }
});

test('replacing the certificate: new tokens over new connections, none of the old ones again', async () => {
  const client = clientOf();
  await client.fetch(api.url);
  server.client.thumbprints = [renewed.thumbprint];
  await client.replaceCertificate(renewed);
  assert.equal((await client.fetch(api.url)).status, 200);
  assert.deepEqual(
    api.requests.map(({ thumbprint }) => thumbprint),
    [billing.thumbprint, renewed.thumbprint],
  );
  assert.equal(new Set(api.requests.map(({ token }) => token)).size, 2);
});

test('a certificate that the server does not accept is not taken over', async () => {
  const client = clientOf();
  await client.fetch(api.url);
  await assert.rejects(client.replaceCertificate(renewed), { name: 'OAuthError', code: 'invalid_client' });
  assert.equal((await client.fetch(api.url)).status, 200);
  assert.equal(api.requests.at(-1)?.thumbprint, billing.thumbprint);
});

test('a call under way ends over the certificate that it began with', async () => {
  const client = clientOf();
  server.client.thumbprints?.push(renewed.thumbprint);
  const arrived = Promise.withResolvers<() => void>();
  api.answers.set('/slow', (_request, response) => {
    response.writeHead(200).write('first ');
    arrived.resolve(() => response.end('last'));
  });
  const slow = await client.fetch(`${api.url}/slow`);
  const finish = await arrived.promise;
  await client.replaceCertificate(renewed);
  assert.equal((await client.fetch(api.url)).status, 200);
  finish();
  assert.equal(await slow.text(), 'first last');
  assert.deepEqual(
    api.requests.map(({ thumbprint }) => thumbprint),
    [billing.thumbprint, renewed.thumbprint],
  );
});

test('calls that cross a replacement all succeed', async () => {
  const client = clientOf();
  server.client.thumbprints?.push(renewed.thumbprint);
  const calls: Promise<{ status: number }>[] = [];
  for (let index = 0; index < 30; index += 1) {
    calls.push(client.fetch(api.url));
    if (index === 10) calls.push(client.replaceCertificate(renewed).then(() => ({ status: 200 })));
  }
  assert.deepEqual(new Set((await Promise.all(calls)).map(({ status }) => status)), new Set([200]));
  for (const { token, thumbprint } of api.requests) assert.equal(server.tokens.get(token ?? ''), thumbprint);
});

test('replacing the anchors: the new ones are trusted and the old ones no more', async () => {
  const client = clientOf();
  await client.fetch(api.url);
  const stranger = await createTestAuthority('Stranger');
  await assert.rejects(client.replaceAnchors(stranger.ca), { code: 'server_unreachable' });
  assert.equal((await client.fetch(api.url)).status, 200);
  const strangeApi = await startTestApi(stranger, server);
  await client.replaceAnchors([stranger.ca, authority.ca]);
  assert.equal((await client.fetch(strangeApi.url)).status, 200);
  await strangeApi.stop();
});

test('request reads the whole answer and sends JSON', async () => {
  const client = clientOf({ scope: 'mortise:admin' });
  const answer = await client.request({ method: 'PATCH', url: `${api.url}/clients/x`, json: { a: 1 } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['x-method'], 'PATCH');
  assert.deepEqual(answer.json(), { in: true });
  assert.equal(api.requests[0]?.body, '{"a":1}');
  assert.equal(server.tokenRequests[0]?.form.get('scope'), 'mortise:admin');
  await client.request({ url: api.url, scope: 'mortise:read' });
  assert.equal(server.tokenRequests[1]?.form.get('scope'), 'mortise:read');
});

test('request without a token still presents the certificate', async () => {
  const answer = await clientOf().request({ url: api.url, token: false });
  assert.equal(answer.status, 401);
  assert.equal(api.requests[0]?.token, undefined);
  assert.equal(api.requests[0]?.thumbprint, billing.thumbprint);
  assert.equal(server.tokenRequests.length, 0);
});

test('request refuses an answer that is too long, or no JSON', async () => {
  api.answers.set('/long', (_request, response) => response.end('x'.repeat(1001)));
  const client = clientOf();
  await assert.rejects(client.request({ url: `${api.url}/long`, maxBytes: 1000 }), {
    code: 'server_response_invalid',
  });
  const answer = await client.request({ url: `${api.url}/long` });
  assert.throws(() => answer.json(), { code: 'server_response_invalid' });
});

test('request ends when its time is over, also while the token is on its way', async () => {
  const gate = Promise.withResolvers<void>();
  server.beforeToken = () => gate.promise;
  await assert.rejects(clientOf().request({ url: api.url, timeoutSeconds: 0.05 }), {
    code: 'server_unreachable',
  });
  gate.resolve();
});

test("a caller's own signal ends a call with its own reason", async () => {
  const controller = new AbortController();
  const arrived = Promise.withResolvers<void>();
  api.answers.set('/', () => arrived.resolve());
  const call = clientOf().fetch(api.url, { signal: controller.signal });
  await arrived.promise;
  controller.abort(new Error('enough'));
  await assert.rejects(call, { message: 'enough' });
});

test('closing ends calls under way, and later ones are refused', async () => {
  const client = clientOf();
  const arrived = Promise.withResolvers<void>();
  api.answers.set('/', () => arrived.resolve());
  const call = client.fetch(api.url);
  const rejected = assert.rejects(call, { code: 'closed' });
  await arrived.promise;
  await client.close();
  await rejected;
  await assert.rejects(client.fetch(api.url), { code: 'closed' });
  await assert.rejects(client.token(), { code: 'closed' });
  await assert.rejects(client.replaceCertificate(renewed), { code: 'closed' });
});

test('closing while a token is on its way rejects with closed', async () => {
  const client = clientOf();
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  server.beforeToken = () => {
    arrived.resolve();
    return gate.promise;
  };
  const rejected = assert.rejects(client.token(), { code: 'closed' });
  await arrived.promise;
  await client.close();
  await rejected;
  gate.resolve();
});

const wrongOptions: [string, Record<string, unknown>][] = [
  ['issuer', { issuer: 'http://issuer.example' }],
  ['issuer', { issuer: 'https://issuer.example/#a' }],
  ['clientId', { clientId: '' }],
  ['resource', { resource: '/x' }],
  ['certificate', { certificate: { key: 'k' } }],
  ['anchors.fingerprint256', { anchors: { fingerprint256: 'abc' } }],
];
for (const [name, options] of wrongOptions) {
  test(`a wrong option is named: ${name}`, () => {
    assert.throws(
      () => clientOf(options as Partial<ClientOptions>),
      (error: Error & { code?: string }) =>
        error.code === 'configuration_invalid' && error.message.includes(`"${name}"`),
    );
  });
}

test('a server that stops answering is server_unreachable', async () => {
  const client = clientOf();
  await client.token();
  const stopped = await startTestApi(authority, server);
  await stopped.stop();
  await assert.rejects(client.fetch(stopped.url), { code: 'server_unreachable' });
});
