import assert from 'node:assert/strict';
import { generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { afterEach, before, test } from 'node:test';
import { type ClientOptions, createClient, type MortiseClient } from '../index.ts';
import {
  startTestAuthorizationServer,
  type TestAuthorizationServer,
  type TestClient,
} from '../testing/authorization-server.ts';
import { createTestAuthority, type Issued, type TestAuthority } from '../testing/certificates.ts';
import type { ClientAuthentication } from './methods.ts';

let authority: TestAuthority;
let billing: Issued;
const closing: { close?: () => Promise<void>; stop?: () => Promise<void> }[] = [];
before(async () => {
  authority = await createTestAuthority();
  billing = await authority.client('billing');
});
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await (one.close?.() ?? one.stop?.());
});

/** Every character that form-encoding and Basic treat specially. */
const clientId = 'bill:ing/ä +%&=~*';
const secret = 'se:cret +/%&=ü"~';

async function setUp(
  authentication: ClientAuthentication,
  registered: Omit<TestClient, 'clientId'>,
  options: Partial<ClientOptions> = {},
): Promise<{ client: MortiseClient; server: TestAuthorizationServer }> {
  const server = await startTestAuthorizationServer(authority, { clientId, ...registered });
  const client = createClient({
    issuer: server.issuer,
    clientId,
    authentication,
    anchors: authority.ca,
    ...options,
  });
  closing.push(server, client);
  return { client, server };
}

test('client_secret_basic sends id and secret form-encoded in the header, and nothing of them in the form', async () => {
  const { client, server } = await setUp({ method: 'client_secret_basic', clientSecret: secret }, { secret });
  const token = await client.token();
  assert.ok(server.tokens.has(token.accessToken));
  const [request] = server.tokenRequests;
  assert.equal(request?.listener, 'public');
  assert.deepEqual([...(request?.form.keys() ?? [])], ['grant_type']);
});

test('client_secret_post sends id and secret in the form', async () => {
  const { client, server } = await setUp({ method: 'client_secret_post', clientSecret: secret }, { secret });
  await client.token();
  const [request] = server.tokenRequests;
  assert.equal(request?.headers.authorization, undefined);
  assert.equal(request?.form.get('client_secret'), secret);
});

test('client_secret_jwt sends an assertion and never the secret', async () => {
  const { client, server } = await setUp({ method: 'client_secret_jwt', clientSecret: secret }, { secret });
  await client.token();
  const [request] = server.tokenRequests;
  assert.equal(
    request?.form.get('client_assertion_type'),
    'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  );
  assert.equal(
    request?.form.toString().includes(new URLSearchParams({ a: secret }).toString().slice(2)),
    false,
  );
});

const keys: [string, () => KeyObject][] = [
  ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
  ['ES384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ['EdDSA', () => generateKeyPairSync('ed25519').privateKey],
  ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
];
for (const [algorithm, generate] of keys) {
  test(`private_key_jwt signs with ${algorithm}, whichever way the key is given`, async () => {
    const privateKey = generate();
    const jwk = privateKey.export({ format: 'jwk' }) as JsonWebKey;
    const { d: _, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...publicJwk } = jwk;
    const forms = [privateKey, { ...jwk, kid: 'k1' }, privateKey.export({ type: 'pkcs8', format: 'pem' })];
    for (const key of forms) {
      const { client, server } = await setUp({ method: 'private_key_jwt', key }, { publicJwk });
      await client.token();
      const [header, payload] = (server.tokenRequests[0]?.form.get('client_assertion') ?? '').split('.') as [
        string,
        string,
      ];
      const { kid, alg, typ } = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<
        string,
        unknown
      >;
      assert.equal(alg, algorithm);
      assert.equal(typ, 'client-authentication+jwt');
      assert.equal(kid, key === forms[1] ? 'k1' : undefined);
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, number>;
      assert.equal(claims['aud'], server.issuer);
      assert.equal(claims['exp']! - claims['iat']!, 60);
    }
  });
}

test('each assertion has its own jti', async () => {
  const { client, server } = await setUp({ method: 'client_secret_jwt', clientSecret: secret }, { secret });
  await Promise.all([client.token({ scope: 'a' }), client.token({ scope: 'b' })]);
  const ids = server.tokenRequests.map(({ form }) => {
    const payload = form.get('client_assertion')?.split('.')[1] ?? '';
    return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { jti: string }).jti;
  });
  assert.equal(new Set(ids).size, 2);
});

for (const method of ['tls_client_auth', 'self_signed_tls_client_auth'] as const) {
  test(`${method} sends the id alone, over the certificate, to the mTLS endpoint`, async () => {
    const { client, server } = await setUp(
      { method },
      { thumbprints: [billing.thumbprint] },
      { certificate: billing },
    );
    const token = await client.token();
    const [request] = server.tokenRequests;
    assert.equal(request?.listener, 'mtls');
    assert.equal(request?.thumbprint, billing.thumbprint);
    assert.deepEqual([...(request?.form.keys() ?? [])].sort(), ['client_id', 'grant_type']);
    assert.equal(server.tokens.get(token.accessToken), billing.thumbprint);
  });

  test(`${method} without a certificate is refused before anything is sent`, () => {
    assert.throws(
      () => createClient({ issuer: 'https://issuer.example', clientId, authentication: { method } }),
      (error: Error & { code?: string }) =>
        error.code === 'configuration_invalid' && error.message.includes('"certificate"'),
    );
  });
}

test('a secret together with a certificate goes to the mTLS endpoint, so that the token is bound', async () => {
  const { client, server } = await setUp(
    { method: 'client_secret_basic', clientSecret: secret },
    { secret },
    { certificate: billing },
  );
  const token = await client.token();
  assert.equal(server.tokenRequests[0]?.listener, 'mtls');
  assert.equal(server.tokens.get(token.accessToken), billing.thumbprint);
});

const publicKey = generateKeyPairSync('ed25519').publicKey;
const wrong: [string, unknown][] = [
  ['no method', {}],
  ['none at all', undefined],
  ['an unknown method', { method: 'none' }],
  ['an empty secret', { method: 'client_secret_basic', clientSecret: '' }],
  ['no secret', { method: 'client_secret_post' }],
  ['a secret that is no text', { method: 'client_secret_jwt', clientSecret: 5 }],
  ['a public key', { method: 'private_key_jwt', key: publicKey }],
  ['no key', { method: 'private_key_jwt', key: 'SECRET-TEXT' }],
  ['a key for no algorithm', { method: 'private_key_jwt', key: generateKeyPairSync('x25519').privateKey }],
  [
    'an algorithm of another key',
    { method: 'private_key_jwt', key: generateKeyPairSync('ed25519').privateKey, algorithm: 'ES256' },
  ],
];
for (const [what, authentication] of wrong) {
  test(`${what} is configuration_invalid, and the message repeats no secret`, () => {
    assert.throws(
      () =>
        createClient({
          issuer: 'https://issuer.example',
          clientId,
          authentication: authentication as ClientAuthentication,
        }),
      (error: Error & { code?: string }) =>
        error.code === 'configuration_invalid' && !String(error.stack).includes('SECRET-TEXT'),
    );
  });
}
