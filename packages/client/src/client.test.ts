import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { ClientOptions } from './index.ts';
import { createTestAuthority } from './testing/certificates.ts';
import { Household } from './testing/household.ts';
import { startTestApi } from './testing/protected-api.ts';

let household: Household;
beforeEach(async () => {
  household = await Household.start();
});
afterEach(() => household.close());

test('a call presents the certificate and the token bound to it', async () => {
  const response = await household
    .client({ scope: ['a', 'b'], resource: 'https://api.example' })
    .fetch(`${household.api.url}/x`, { method: 'POST', body: 'hello' });
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { in: true });
  assert.equal(household.api.requests[0]?.thumbprint, household.billing.thumbprint);
  assert.equal(household.api.requests[0]?.body, 'hello');
  assert.equal(household.server.tokenRequests[0]?.form.get('scope'), 'a b');
  assert.equal(household.server.tokenRequests[0]?.form.get('resource'), 'https://api.example');
});

test('scope and resource of a call count before those of the client', async () => {
  const client = household.client({ scope: 'a', resource: 'https://a.example' });
  await client.fetch(household.api.url, { scope: 'c', resource: 'https://c.example' });
  const form = household.server.tokenRequests[0]?.form;
  assert.equal(form?.get('scope'), 'c');
  assert.equal(form?.get('resource'), 'https://c.example');
});

test('many calls at once make one token request for each scope and resource, and one discovery', async () => {
  const client = household.client();
  const wanted = ['a', 'b'].flatMap((scope) => Array.from({ length: 10 }, () => client.token({ scope })));
  const tokens = new Set((await Promise.all(wanted)).map(({ accessToken }) => accessToken));
  assert.equal(tokens.size, 2);
  assert.equal(household.server.tokenRequests.length, 2);
  assert.equal(household.server.discoveries, 1);
  await client.token({ scope: 'a' });
  assert.equal(household.server.tokenRequests.length, 2);
});

test('a token that the API does not accept any more is replaced, and the call made once more', async () => {
  const client = household.client();
  await client.fetch(household.api.url);
  household.server.tokens.clear();
  const response = await client.fetch(household.api.url, { method: 'PUT', body: 'again' });
  assert.equal(response.status, 200);
  assert.deepEqual(
    household.api.requests.map(({ body }) => body),
    ['', 'again', 'again'],
  );
  assert.equal(household.server.tokenRequests.length, 2);
});

test('it tries once more and not for ever', async () => {
  const client = household.client();
  household.api.answers.set('/', (_request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
  });
  const response = await client.fetch(household.api.url);
  assert.equal(response.status, 401);
  assert.equal(household.api.requests.length, 2);
});

const finalAnswers: [string, number, string | undefined][] = [
  ['a missing scope', 403, 'Bearer error="insufficient_scope", scope="a"'],
  ['a challenge without a code', 401, 'Bearer realm="x"'],
  ['another scheme', 401, 'Basic realm="invalid_token"'],
  ['no challenge', 401, undefined],
];
for (const [what, status, challenge] of finalAnswers) {
  test(`${what} is the caller's answer at once`, async () => {
    household.api.answers.set('/', (_request, response) => {
      response.writeHead(status, challenge === undefined ? {} : { 'www-authenticate': challenge }).end();
    });
    const response = await household.client().fetch(household.api.url);
    assert.equal(response.status, status);
    assert.equal(household.api.requests.length, 1);
    assert.equal(household.server.tokenRequests.length, 1);
  });
}

test('a body that is read as it goes is not sent twice', async () => {
  const client = household.client();
  await client.fetch(household.api.url);
  household.server.tokens.clear();
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from('once'));
      controller.close();
    },
  });
  const response = await client.fetch(household.api.url, { method: 'POST', body, duplex: 'half' });
  assert.equal(response.status, 401);
  assert.deepEqual(
    household.api.requests.map((request) => request.body),
    ['', 'once'],
  );
});

test('a redirect is answered to the caller, and the token stays where it was meant for', async () => {
  household.api.answers.set('/', (_request, response) =>
    response.writeHead(302, { location: `${household.api.url}/elsewhere` }).end(),
  );
  const response = await household.client().fetch(household.api.url);
  assert.equal(response.status, 302);
  assert.equal(household.api.requests.length, 1);
});

test('neither token nor certificate goes to plain http', async () => {
  const client = household.client();
  await assert.rejects(client.fetch('http://localhost:1/'), { code: 'configuration_invalid' });
  await assert.rejects(client.request({ url: 'http://localhost:1/', token: false }), {
    code: 'configuration_invalid',
  });
  assert.equal(household.server.tokenRequests.length, 0);
});

test('an Authorization header of the caller is refused', async () => {
  await assert.rejects(
    household.client().fetch(household.api.url, { headers: { Authorization: 'Bearer x' } }),
    {
      code: 'configuration_invalid',
    },
  );
});

test('an API with a certificate of another authority gets neither token nor request', async () => {
  const stranger = await createTestAuthority('Stranger');
  const strangeApi = await startTestApi(stranger, household.server);
  await assert.rejects(household.client().fetch(strangeApi.url), { code: 'server_unreachable' });
  assert.equal(strangeApi.requests.length, 0);
  await strangeApi.stop();
});

test('an authorization server with a certificate of another authority is not asked', async () => {
  const stranger = await createTestAuthority('Stranger');
  await assert.rejects(household.client({ anchors: stranger.ca }).token(), { code: 'server_unreachable' });
  assert.equal(household.server.discoveries, 0);
});

test('anchors are taken as DER too, and in lists', async () => {
  const stranger = await createTestAuthority('Stranger');
  for (const anchors of [
    household.authority.root.der,
    [stranger.ca, household.authority.root.der],
    Buffer.from(household.authority.ca),
  ]) {
    await household.client({ anchors }).token();
  }
});

test("a caller's own signal ends a call with its own reason", async () => {
  const controller = new AbortController();
  const arrived = Promise.withResolvers<void>();
  household.api.answers.set('/', () => arrived.resolve());
  const call = household.client().fetch(household.api.url, { signal: controller.signal });
  await arrived.promise;
  controller.abort(new Error('enough'));
  await assert.rejects(call, { message: 'enough' });
});

test('closing ends calls under way, and later ones are refused', async () => {
  const client = household.client();
  const arrived = Promise.withResolvers<void>();
  household.api.answers.set('/', () => arrived.resolve());
  const call = client.fetch(household.api.url);
  const rejected = assert.rejects(call, { code: 'closed' });
  await arrived.promise;
  await client.close();
  await rejected;
  await assert.rejects(client.fetch(household.api.url), { code: 'closed' });
  await assert.rejects(client.token(), { code: 'closed' });
  await assert.rejects(client.replaceCertificate(household.renewed), { code: 'closed' });
});

test('closing while a token is on its way rejects with closed', async () => {
  const client = household.client();
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  household.server.beforeToken = () => {
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
      () => household.client(options as Partial<ClientOptions>),
      (error: Error & { code?: string }) =>
        error.code === 'configuration_invalid' && error.message.includes(`"${name}"`),
    );
  });
}

test('a key and a certificate that cannot be used together are refused before any connection', async () => {
  const { billing, renewed } = household;
  const client = household.client();
  for (const certificate of [
    { key: renewed.key, cert: billing.cert },
    { key: 'no key', cert: billing.cert },
    { key: billing.key, cert: 'no certificate' },
  ]) {
    const expected = { name: 'ClientError', code: 'credential_invalid' };
    assert.throws(() => household.client({ certificate }), expected);
    await assert.rejects(client.replaceCertificate(certificate), expected);
  }
  assert.equal((await client.fetch(household.api.url)).status, 200);
});

test('following trust: a wrong interval or instance is named', () => {
  const client = household.client();
  for (const [name, options] of [
    ['everySeconds', { everySeconds: 9 }],
    ['everySeconds', { everySeconds: 3601 }],
    ['instance', { instance: '' }],
    ['instance', { instance: 'a b' }],
    ['instance', { instance: 'a'.repeat(65) }],
  ] as const) {
    assert.throws(() => client.followTrust(options), {
      code: 'configuration_invalid',
      message: new RegExp(`"${name}"`),
    });
  }
});

test('a server that stops answering is server_unreachable', async () => {
  const client = household.client();
  await client.token();
  const stopped = await startTestApi(household.authority, household.server);
  await stopped.stop();
  await assert.rejects(client.fetch(stopped.url), { code: 'server_unreachable' });
});
