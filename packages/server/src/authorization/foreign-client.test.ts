import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { Agent, fetch as undiciFetch } from 'undici';
import type { JsonObject } from '../events/index.ts';
import {
  type AuthorizationFixture,
  authorizationFixture,
  endpoints,
  payments,
} from './testing/authorization-fixture.ts';
import { selfSigned } from './testing/private-authority.ts';
import { type Identity, identityOf, type TlsListeners, tlsListeners } from './testing/tls-listeners.ts';

const registration = {
  scope: 'payments:read payments:write',
  default_scope: 'payments:read',
  resources: [payments],
};

describe('a foreign client (oauth4webapi) over real TLS', () => {
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

  describe('gets a token by', () => {
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
});
