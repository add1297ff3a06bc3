/** oauth4webapi as a foreign client: it discovers the server and gets a token by each client authentication method. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createCertificate, createKeySigner } from '@mortise/x509';
import * as oauth from 'oauth4webapi';
import { Agent, fetch as undiciFetch } from 'undici';
import { Mortise } from '../../examples/quickstart/mortise.ts';
import { claimsOf } from '../../examples/quickstart/requests.ts';

const resource = 'https://payments.example';
const scope = 'payments:write';

let folder: string;
let mortise: Mortise;
let server: oauth.AuthorizationServer;
let ca: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mortise-interop-'));
  mortise = await Mortise.start(join(folder, 'data'));
  ca = readFileSync(join(folder, 'data', 'admin', 'ca.pem'), 'utf8');
  await mortise.administer('client', 'create', 'api');
  await mortise.administer('resource', 'create', resource, '--scope', scope, '--resource-server', 'api');
  const issuer = new URL(mortise.ready.issuer);
  const answer = await oauth.discoveryRequest(issuer, {
    algorithm: 'oauth2',
    [oauth.customFetch]: presenting(),
  });
  server = await oauth.processDiscoveryResponse(issuer, answer);
});

after(async () => {
  await mortise.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** oauth4webapi types its `fetch` by method and body; one for all of them. */
// biome-ignore lint/suspicious/noExplicitAny: the parameter is contravariant over every request that the library makes
type AnyFetch = (url: string, init: any) => Promise<Response>;

/** A `fetch` that trusts Mortise's root and presents this certificate, if any. */
function presenting(identity?: { key: string; certificate: string }): AnyFetch {
  const dispatcher = new Agent({
    connect: { ca, ...(identity && { key: identity.key, cert: identity.certificate }) },
    pipelining: 0,
  });
  return ((url: string, init: object) => undiciFetch(url, { ...init, dispatcher })) as unknown as AnyFetch;
}

async function register(id: string, method: string, ...flags: string[]): Promise<string> {
  const registered = await mortise.administer(
    ...['client', 'create', id, '--token-endpoint-auth-method', method],
    ...['--scope', scope, '--resource', resource, ...flags],
  );
  return String(registered['client_secret']);
}

async function issue(id: string): Promise<{ key: string; certificate: string }> {
  const out = join(folder, id);
  await mortise.administer('certificate', 'issue', '--client', id, '--out', out);
  return {
    key: readFileSync(join(out, 'key.pem'), 'utf8'),
    certificate: readFileSync(join(out, 'cert.pem'), 'utf8'),
  };
}

interface Asked {
  id: string;
  authentication: oauth.ClientAuth;
  identity?: { key: string; certificate: string };
}

async function askForToken({ id, authentication, identity }: Asked): Promise<oauth.TokenEndpointResponse> {
  const client: oauth.Client = { client_id: id, use_mtls_endpoint_aliases: identity !== undefined };
  const response = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    authentication,
    { scope, resource },
    { [oauth.customFetch]: presenting(identity) },
  );
  const token = await oauth.processClientCredentialsResponse(server, client, response);
  const claims = claimsOf(token.access_token);
  assert.equal(claims['client_id'], id);
  assert.equal(claims['aud'], resource);
  assert.equal(token.scope, scope);
  return token;
}

const boundTo = (token: string): unknown =>
  (claimsOf(token)['cnf'] as Record<string, unknown> | undefined)?.['x5t#S256'];

function es256(): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

const webKey = (key: KeyObject): ReturnType<typeof crypto.subtle.importKey> =>
  crypto.subtle.importKey(
    'pkcs8',
    key.export({ type: 'pkcs8', format: 'der' }),
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign'],
  );

describe('oauth4webapi gets a token', () => {
  test('by client_secret_basic', async () => {
    const secret = await register('basic', 'client_secret_basic');
    const token = await askForToken({ id: 'basic', authentication: oauth.ClientSecretBasic(secret) });
    assert.equal(boundTo(token.access_token), undefined);
  });

  test('by client_secret_post', async () => {
    const secret = await register('post', 'client_secret_post');
    await askForToken({ id: 'post', authentication: oauth.ClientSecretPost(secret) });
  });

  test('by client_secret_jwt', async () => {
    const secret = await register('secret-jwt', 'client_secret_jwt');
    await askForToken({ id: 'secret-jwt', authentication: oauth.ClientSecretJwt(secret) });
  });

  test('by private_key_jwt', async () => {
    const { privateKey, publicKey } = es256();
    const jwks = join(folder, 'jwks.json');
    writeFileSync(jwks, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one' }] }));
    await register('key-jwt', 'private_key_jwt', '--jwks', jwks);
    const authentication = oauth.PrivateKeyJwt({ key: await webKey(privateKey), kid: 'one' });
    await askForToken({ id: 'key-jwt', authentication });
  });

  test('by tls_client_auth, bound to the certificate', async () => {
    await register('tls', 'tls_client_auth');
    const identity = await issue('tls');
    const token = await askForToken({ id: 'tls', authentication: oauth.TlsClientAuth(), identity });
    assert.equal(typeof boundTo(token.access_token), 'string');
  });

  test('by self_signed_tls_client_auth, bound to the certificate', async () => {
    const { privateKey, publicKey } = es256();
    const now = Date.now();
    const certificate = await createCertificate(
      {
        subject: 'CN=self',
        issuer: 'CN=self',
        notBefore: now - 60_000,
        notAfter: now + 3_600_000,
        publicKey,
      },
      createKeySigner(privateKey),
    );
    const jwks = join(folder, 'self-signed.json');
    const jwk = { ...publicKey.export({ format: 'jwk' }), x5c: [certificate.der.toString('base64')] };
    writeFileSync(jwks, JSON.stringify({ keys: [jwk] }));
    await register('self-signed', 'self_signed_tls_client_auth', '--jwks', jwks);
    const identity = {
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      certificate: certificate.toPem(),
    };
    const token = await askForToken({ id: 'self-signed', authentication: oauth.TlsClientAuth(), identity });
    assert.equal(boundTo(token.access_token), certificate.thumbprint);
  });
});

test('oauth4webapi validates a bound token as a resource server, and learns of its revocation by introspection', async () => {
  await register('caller', 'tls_client_auth');
  const identity = await issue('caller');
  const token = await askForToken({ id: 'caller', authentication: oauth.TlsClientAuth(), identity });
  const api: oauth.Client = { client_id: 'api' };
  const secret = (await mortise.administer('secret', 'add', 'api'))['client_secret'];
  const authentication = oauth.ClientSecretBasic(String(secret));
  const options = { [oauth.customFetch]: presenting() };
  const introspect = async (): Promise<oauth.IntrospectionResponse> =>
    oauth.processIntrospectionResponse(
      server,
      api,
      await oauth.introspectionRequest(server, api, authentication, token.access_token, options),
    );

  const active = await introspect();
  assert.equal(active.active, true);
  assert.equal(active.client_id, 'caller');
  assert.equal(active.cnf?.['x5t#S256'], boundTo(token.access_token));

  const caller: oauth.Client = { client_id: 'caller', use_mtls_endpoint_aliases: true };
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, caller, oauth.TlsClientAuth(), token.access_token, {
      [oauth.customFetch]: presenting(identity),
    }),
  );
  assert.deepEqual(await introspect(), { active: false });
});
