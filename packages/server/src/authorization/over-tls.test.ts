import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import * as oauth from 'oauth4webapi';
import { Agent, fetch as undiciFetch } from 'undici';
import type { JsonObject } from '../events/index.ts';
import {
  type AuthorizationFixture,
  authorizationFixture,
  basic,
  endpoints,
  payments,
} from './testing/authorization-fixture.ts';
import { type Keyed, PrivateAuthority, selfSigned } from './testing/private-authority.ts';
import { type TlsListeners, tlsListeners } from './testing/tls-listeners.ts';

const registration = {
  scope: 'payments:read payments:write',
  default_scope: 'payments:read',
  resources: [payments],
};

interface Identity {
  readonly cert: string;
  readonly key: string;
}

const identityOf = (
  { certificate, keyPem }: { certificate: Keyed['certificate']; keyPem: string },
  chain = '',
): Identity => ({
  cert: certificate.toPem() + chain,
  key: keyPem,
});

describe('over real TLS connections', () => {
  let fixture: AuthorizationFixture;
  let listeners: TlsListeners;
  const agents: Agent[] = [];

  before(async () => {
    fixture = await authorizationFixture();
    listeners = await tlsListeners(fixture);
  });
  after(async () => {
    await Promise.all(agents.map((agent) => agent.close()));
    await listeners.close();
    await fixture.close();
  });

  /** The metadata as a client would discover it, with the addresses that were bound. */
  const authorizationServer = (): oauth.AuthorizationServer => {
    const bound = (url: string, base: string) => new URL(new URL(url).pathname, base).href;
    const { token, introspection, revocation } = endpoints;
    return {
      ...(fixture.server.metadata() as unknown as oauth.AuthorizationServer),
      token_endpoint: bound(token.url, listeners.publicUrl),
      introspection_endpoint: bound(introspection.url, listeners.publicUrl),
      revocation_endpoint: bound(revocation.url, listeners.publicUrl),
      mtls_endpoint_aliases: {
        token_endpoint: bound(token.mtlsUrl, listeners.mtlsUrl),
        introspection_endpoint: bound(introspection.mtlsUrl, listeners.mtlsUrl),
        revocation_endpoint: bound(revocation.mtlsUrl, listeners.mtlsUrl),
      },
    };
  };
  const fetchAs = (identity: Partial<Identity> = {}) => {
    const dispatcher = new Agent({ connect: { ca: listeners.ca, ...identity } });
    agents.push(dispatcher);
    return (url: string, options: object) => undiciFetch(url, { ...options, dispatcher } as never) as never;
  };
  const grant = async (
    client: oauth.Client,
    authentication: oauth.ClientAuth,
    identity?: Identity,
    parameters: Record<string, string> = {},
  ) => {
    const server = authorizationServer();
    const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, {
      [oauth.customFetch]: fetchAs(identity),
    });
    return oauth.processClientCredentialsResponse(server, client, response);
  };
  const claims = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());

  describe('a foreign client (oauth4webapi) gets a token by', () => {
    test('client_secret_basic', async () => {
      const { client, secret } = await fixture.register(registration);
      const result = await grant({ client_id: client.clientId }, oauth.ClientSecretBasic(secret), undefined, {
        scope: 'payments:write',
        resource: payments,
      });
      assert.equal(result.token_type, 'bearer');
      assert.equal(result.scope, 'payments:write');
      assert.equal(claims(result.access_token)['cnf'], undefined);
    });

    test('client_secret_post', async () => {
      const { client, secret } = await fixture.register({
        ...registration,
        token_endpoint_auth_method: 'client_secret_post',
      });
      assert.ok((await grant({ client_id: client.clientId }, oauth.ClientSecretPost(secret))).access_token);
    });

    test('client_secret_jwt', async () => {
      const { client, secret } = await fixture.register({
        ...registration,
        token_endpoint_auth_method: 'client_secret_jwt',
      });
      assert.ok((await grant({ client_id: client.clientId }, oauth.ClientSecretJwt(secret))).access_token);
    });

    for (const alg of ['ES256', 'PS256', 'Ed25519'] as const) {
      test(`private_key_jwt with ${alg}`, async () => {
        const { publicKey, privateKey } = await oauth.generateKeyPair(alg, { extractable: true });
        const jwk = (await crypto.subtle.exportKey('jwk', publicKey)) as JsonObject;
        const { client } = await fixture.register({
          ...registration,
          token_endpoint_auth_method: 'private_key_jwt',
          jwks: {
            keys: [{ kty: jwk['kty'], crv: jwk['crv'], x: jwk['x'], y: jwk['y'], n: jwk['n'], e: jwk['e'] }],
          },
        });
        const result = await grant({ client_id: client.clientId }, oauth.PrivateKeyJwt(privateKey));
        assert.ok(result.access_token);
      });
    }

    test('tls_client_auth, bound', async () => {
      const { client } = await fixture.register({
        ...registration,
        token_endpoint_auth_method: 'tls_client_auth',
      });
      const issued = await fixture.issue(client.clientId);
      const result = await grant(
        { client_id: client.clientId, use_mtls_endpoint_aliases: true },
        oauth.TlsClientAuth(),
        identityOf(issued),
      );
      assert.equal(claims(result.access_token)['cnf']['x5t#S256'], issued.certificate.thumbprint);
    });

    test('self_signed_tls_client_auth, bound', async () => {
      const own = await selfSigned(fixture.now);
      const jwk = own.certificate.publicKey.export({ format: 'jwk' }) as JsonObject;
      const { client } = await fixture.register({
        ...registration,
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        jwks: { keys: [{ ...jwk, x5c: [own.certificate.der.toString('base64')] }] },
      });
      const result = await grant(
        { client_id: client.clientId, use_mtls_endpoint_aliases: true },
        oauth.None(),
        identityOf(own),
      );
      assert.equal(claims(result.access_token)['cnf']['x5t#S256'], own.certificate.thumbprint);
    });

    test('client_secret_basic over mutual TLS, bound', async () => {
      const { client, secret } = await fixture.register(registration);
      const issued = await fixture.issue(client.clientId);
      const result = await grant(
        { client_id: client.clientId, use_mtls_endpoint_aliases: true },
        oauth.ClientSecretBasic(secret),
        identityOf(issued),
      );
      assert.equal(claims(result.access_token)['cnf']['x5t#S256'], issued.certificate.thumbprint);
    });
  });

  test('a foreign client introspects and revokes', async () => {
    const { client, secret } = await fixture.register(registration);
    const api = { client_id: 'payments-api' };
    const { clientSecret } = await fixture.clients.addSecret({ clientId: api.client_id, actor: 'system' });
    const server = authorizationServer();
    const options = { [oauth.customFetch]: fetchAs() };
    const { access_token: token } = await grant(
      { client_id: client.clientId },
      oauth.ClientSecretBasic(secret),
    );
    const introspect = async () =>
      oauth.processIntrospectionResponse(
        server,
        api,
        await oauth.introspectionRequest(server, api, oauth.ClientSecretBasic(clientSecret), token, options),
      );
    assert.equal((await introspect()).active, true);
    const own = { client_id: client.clientId };
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, own, oauth.ClientSecretBasic(secret), token, options),
    );
    assert.equal((await introspect()).active, false);
  });

  test('the error of a wrong secret reads as RFC 6749 says, with a challenge', async () => {
    const { client } = await fixture.register(registration);
    await assert.rejects(
      grant({ client_id: client.clientId }, oauth.ClientSecretBasic('wrong')),
      (error: unknown) =>
        error instanceof oauth.WWWAuthenticateChallengeError && error.cause[0]!.scheme === 'basic',
    );
    const post = { ...registration, token_endpoint_auth_method: 'client_secret_post' };
    const { client: posting } = await fixture.register(post);
    await assert.rejects(
      grant({ client_id: posting.clientId }, oauth.ClientSecretPost('wrong')),
      (error: unknown) => error instanceof oauth.ResponseBodyError && error.error === 'invalid_client',
    );
  });

  /** One token request over a connection of its own; the session, if one is given, is resumed. */
  async function overSocket(
    clientId: string,
    identity: Identity,
    version: 'TLSv1.2' | 'TLSv1.3',
    session?: Buffer,
  ): Promise<{ status: number; head: string; resumed: boolean; session: Buffer }> {
    const { port } = new URL(listeners.mtlsUrl);
    const socket: TLSSocket = connect({
      host: '127.0.0.1',
      port: Number(port),
      servername: 'localhost',
      ca: listeners.ca,
      ...identity,
      minVersion: version,
      maxVersion: version,
      ...(session === undefined ? {} : { session }),
    });
    let latest: Buffer | undefined;
    socket.on('session', (received) => {
      latest = received;
    });
    await once(socket, 'secureConnect');
    const body = `grant_type=client_credentials&client_id=${clientId}`;
    socket.write(
      `POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    let text = '';
    while (!/\r\n\r\n[\s\S]*\}$/.test(text)) text += String((await once(socket, 'data'))[0]);
    const head = text.slice(0, text.indexOf('\r\n\r\n'));
    const resumed = socket.isSessionReused();
    const known = latest ?? socket.getSession()!;
    socket.destroy();
    return { status: Number(text.split(' ')[1]), head, resumed, session: known };
  }

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`a certificate of a partner's authority authenticates at the full handshake and when resumed (${version})`, async () => {
      const partner = await PrivateAuthority.make('Partner', fixture.now);
      const name = `${version.toLowerCase().replaceAll('.', '-')}.partner.example`;
      const register = (dns: string) =>
        fixture.register({
          ...registration,
          token_endpoint_auth_method: 'tls_client_auth',
          tls_client_auth_san_dns: dns,
          tls_client_auth_trust_anchors: [partner.root.certificate.toPem()],
        });
      const { client } = await register(name);
      const leaf = await partner.leaf({ names: [{ type: 'dns', value: name }] });
      const identity = identityOf(leaf, partner.intermediate.certificate.toPem());
      const first = await overSocket(client.clientId, identity, version);
      assert.equal(first.status, 200, first.head);
      assert.equal(first.resumed, false);
      const again = await overSocket(client.clientId, identity, version, first.session);
      assert.equal(again.resumed, true, 'the session was resumed');
      assert.equal(again.status, 200, again.head);
    });
  }

  test('an own certificate authenticates again over one kept connection, until it is revoked', async () => {
    const { client } = await fixture.register({
      ...registration,
      token_endpoint_auth_method: 'tls_client_auth',
    });
    const issued = await fixture.issue(client.clientId);
    const agent = new HttpsAgent({ keepAlive: true, maxSockets: 1, ca: listeners.ca, ...identityOf(issued) });
    const body = `grant_type=client_credentials&client_id=${client.clientId}`;
    const ask = () =>
      new Promise<{ status: number; reused: boolean }>((resolve, reject) => {
        const request = httpsRequest(
          `${listeners.mtlsUrl}/oauth2/token`,
          { method: 'POST', agent, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
          (response) => {
            response
              .resume()
              .on('end', () => resolve({ status: response.statusCode!, reused: request.reusedSocket }));
          },
        );
        request.on('error', reject).end(body);
      });
    assert.deepEqual(await ask(), { status: 200, reused: false });
    assert.deepEqual(await ask(), { status: 200, reused: true });
    const { fingerprint256 } = issued.certificate;
    await fixture.revocation.revokeCertificate({ fingerprint256 }, { actor: 'system' });
    assert.deepEqual(await ask(), { status: 401, reused: true });
    agent.destroy();
  });

  test('the public listener asks for no certificate, so that none can authenticate there', async () => {
    const { client } = await fixture.register({
      ...registration,
      token_endpoint_auth_method: 'tls_client_auth',
    });
    const issued = await fixture.issue(client.clientId);
    await assert.rejects(
      grant({ client_id: client.clientId }, oauth.TlsClientAuth(), identityOf(issued)),
      (error: unknown) => error instanceof oauth.ResponseBodyError && error.error === 'invalid_client',
    );
  });

  test('a certificate header of a proxy is no certificate', async () => {
    const { client } = await fixture.register({
      ...registration,
      token_endpoint_auth_method: 'tls_client_auth',
    });
    const { certificate } = await fixture.issue(client.clientId);
    const response = await undiciFetch(`${listeners.mtlsUrl}/oauth2/token`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'client-cert': `:${certificate.der.toString('base64')}:`,
        'x-forwarded-client-cert': `Hash=${certificate.fingerprint256}`,
      },
      body: `grant_type=client_credentials&client_id=${client.clientId}`,
      dispatcher: agentWithout(),
    });
    assert.equal(response.status, 401);
  });

  function agentWithout(): Agent {
    const agent = new Agent({ connect: { ca: listeners.ca } });
    agents.push(agent);
    return agent;
  }

  test('a key of another type in the handshake is no way in', async () => {
    const { client } = await fixture.register({
      ...registration,
      token_endpoint_auth_method: 'tls_client_auth',
    });
    const stranger = await selfSigned(fixture.now, {
      names: [{ type: 'uri', value: `https://as.example/clients/${client.clientId}` }],
      privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    });
    const answer = await overSocket(client.clientId, identityOf(stranger), 'TLSv1.3');
    assert.equal(answer.status, 401);
  });

  test('a wrong Authorization header gets its challenge over the wire', async () => {
    const { client } = await fixture.register(registration);
    const response = await undiciFetch(`${listeners.publicUrl}/oauth2/token`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: basic(client.clientId, 'wrong'),
      },
      body: 'grant_type=client_credentials',
      dispatcher: agentWithout(),
    });
    assert.equal(response.status, 401);
    assert.match(response.headers.get('www-authenticate') ?? '', /^Basic realm="/);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.deepEqual(await response.json(), {
      error: 'invalid_client',
      error_description: 'client authentication failed',
    });
  });
});
