import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, type Server } from 'node:https';
import { after, before, describe, test } from 'node:test';
import type { SecureVersion } from 'node:tls';
import { createAdaptorServer } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { listen, stopListening } from '../../../../testing/listening.ts';
import { createResourceServer } from '../create-resource-server.ts';
import type { ResourceServer } from '../resource-server.ts';
import { Denylist } from '../revocation/denylist.ts';
import { createTestAuthority, type Issued, type TestAuthority } from '../testing/certificates.ts';
import { httpsRequest } from '../testing/https-request.ts';
import { claims, createTestKey, issuer, signToken } from '../testing/tokens.ts';
import * as forExpress from './express.ts';
import * as forFastify from './fastify.ts';
import * as forHono from './hono.ts';
import { protect, serveMetadata } from './node-http.ts';

const resource = 'https://api.example/payments';
const key = createTestKey('k1');
const write = { scope: 'payments:write' };

interface TlsOptions {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
  readonly requestCert: true;
  readonly rejectUnauthorized: false;
  readonly maxVersion?: SecureVersion;
}

/** One small API for each framework: POST or GET /payments asks for payments:write and answers with the client id. */
const frameworks: Record<string, (resourceServer: ResourceServer, tls: TlsOptions) => Promise<Server>> = {
  async 'node:http'(resourceServer, tls) {
    const listener = protect(resourceServer, write, (_request, response, access) => {
      response.end(access.clientId);
    });
    return createServer(tls, (request, response) => {
      if (!serveMetadata(resourceServer, request, response)) listener(request, response);
    });
  },
  async Express(resourceServer, tls) {
    const app = express();
    app.use(forExpress.metadata(resourceServer));
    const router = express.Router();
    router.all('/', forExpress.requires(resourceServer, write), (request, response) => {
      response.send(request.auth.clientId);
    });
    app.use('/payments', router);
    return createServer(tls, app);
  },
  async Fastify(resourceServer, tls) {
    const app = fastify({ https: tls });
    await app.register(forFastify.fastifyResourceServer, { resourceServer });
    app.route({
      method: ['GET', 'POST'],
      url: '/payments',
      onRequest: forFastify.requires(resourceServer, write),
      handler: async (request) => request.auth.clientId,
    });
    await app.ready();
    return app.server as unknown as Server;
  },
  async Hono(resourceServer, tls) {
    const app = new Hono<forHono.MortiseEnv>();
    app.use(forHono.metadata(resourceServer));
    app.all('/payments', forHono.requires(resourceServer, write), (context) =>
      context.text(context.get('auth').clientId),
    );
    return createAdaptorServer({ fetch: app.fetch, createServer, serverOptions: tls }) as unknown as Server;
  },
};

let authority: TestAuthority;
let serverCertificate: Issued;
let billing: Issued;
let thief: Issued;
before(async () => {
  authority = await createTestAuthority();
  serverCertificate = await authority.server();
  billing = await authority.client('billing');
  thief = await authority.client('thief');
});

function tlsOptions(): TlsOptions {
  const { cert, key: privateKey } = serverCertificate;
  return { cert, key: privateKey, ca: authority.ca, requestCert: true, rejectUnauthorized: false };
}

function boundToken(changes: Record<string, unknown> = {}): string {
  return signToken(key, claims(Date.now(), { cnf: { 'x5t#S256': billing.thumbprint }, ...changes }));
}

for (const [name, build] of Object.entries(frameworks)) {
  describe(name, () => {
    let port: number;
    let server: Server;
    let resourceServer: ResourceServer;
    const denylist = new Denylist();
    before(async () => {
      resourceServer = createResourceServer({
        issuer,
        resource,
        jwks: () => ({ keys: [key.jwk] }),
        revocation: { denylist },
      });
      server = await build(resourceServer, tlsOptions());
      port = await listen(server);
    });
    after(async () => {
      await stopListening(server);
      await resourceServer.close();
    });
    const ask = (options: Partial<Parameters<typeof httpsRequest>[0]> = {}) =>
      httpsRequest({ port, ca: authority.ca, path: '/payments', ...options });

    test('a bound token over its certificate passes, and the handler knows the client', async () => {
      const answer = await ask({ certificate: billing, token: boundToken() });
      assert.equal(answer.status, 200);
      assert.equal(answer.body, 'billing');
    });

    test('the stolen token over no certificate, or over another, is 401 invalid_token', async () => {
      const token = boundToken();
      for (const certificate of [undefined, thief]) {
        const answer = await ask({ certificate, token });
        assert.equal(answer.status, 401);
        assert.match(String(answer.headers['www-authenticate']), /^Bearer error="invalid_token"/);
        assert.match(String(answer.headers['content-type']), /^application\/json/);
        assert.equal((JSON.parse(answer.body) as { error: string }).error, 'invalid_token');
      }
    });

    test('no token is 401 with a challenge alone', async () => {
      const answer = await ask({ certificate: billing });
      assert.equal(answer.status, 401);
      assert.equal(answer.body, '');
      assert.equal(
        answer.headers['www-authenticate'],
        'Bearer resource_metadata="https://api.example/.well-known/oauth-protected-resource/payments"',
      );
    });

    test('a missing scope is 403', async () => {
      const answer = await ask({ certificate: billing, token: boundToken({ scope: 'payments:read' }) });
      assert.equal(answer.status, 403);
      assert.match(
        String(answer.headers['www-authenticate']),
        /error="insufficient_scope".*scope="payments:write"/,
      );
    });

    test('two Authorization headers are 400, although Node shows the handler only one', async () => {
      const token = boundToken();
      const rawHeaders = ['Authorization', `Bearer ${token}`, 'authorization', `Bearer ${token}`];
      const answer = await ask({ certificate: billing, rawHeaders });
      assert.equal(answer.status, 400);
      assert.match(String(answer.headers['www-authenticate']), /error="invalid_request"/);
    });

    test('a token in the query is 400', async () => {
      const answer = await ask({ certificate: billing, path: `/payments?access_token=${boundToken()}` });
      assert.equal(answer.status, 400);
    });

    test('a refused POST does not need its body to be read', async () => {
      const answer = await ask({ method: 'POST', certificate: thief, token: boundToken() });
      assert.equal(answer.status, 401);
    });

    test('the metadata is served where the challenge says', async () => {
      const answer = await ask({ path: '/.well-known/oauth-protected-resource/payments' });
      assert.equal(answer.status, 200);
      assert.match(String(answer.headers['content-type']), /^application\/json/);
      assert.deepEqual(JSON.parse(answer.body), {
        resource,
        authorization_servers: [issuer],
        bearer_methods_supported: ['header'],
      });
    });

    test('a revoked token is 401 on a connection that stays open', async () => {
      const agent = new Agent({ keepAlive: true });
      const token = boundToken({ jti: `revoked-${name}` });
      assert.equal((await ask({ certificate: billing, token, agent })).status, 200);
      denylist.apply({ add: [{ kind: 'token', id: `revoked-${name}` }] });
      assert.equal((await ask({ certificate: billing, token, agent })).status, 401);
      agent.destroy();
    });
  });
}

test('what a handler throws is not swallowed', async () => {
  const resourceServer = createResourceServer({
    issuer,
    resource,
    jwks: () => ({ keys: [key.jwk] }),
    revocation: 'none',
  });
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const unhandled = once(process, 'unhandledRejection');
  const server = createServer(
    tlsOptions(),
    protect(resourceServer, {}, (_request, response) => {
      response.end();
      throw new Error('broken');
    }),
  );
  const port = await listen(server);
  await httpsRequest({ port, ca: authority.ca, certificate: billing, token: boundToken() });
  const [error] = (await unhandled) as [Error];
  for (const listener of listeners) process.on('unhandledRejection', listener);
  assert.equal(error.message, 'broken');
  await stopListening(server);
});

test('Hono elsewhere than on Node fails instead of passing', async () => {
  const resourceServer = createResourceServer({
    issuer,
    resource,
    jwks: () => ({ keys: [key.jwk] }),
    revocation: 'none',
  });
  const app = new Hono<forHono.MortiseEnv>();
  app.get('/', forHono.requires(resourceServer), (context) => context.text('in'));
  app.onError((error, context) => context.text((error as { code?: string }).code ?? '', 500));
  const answer = await app.request('/', {
    headers: { authorization: `Bearer ${signToken(key, claims(Date.now()))}` },
  });
  assert.equal(answer.status, 500);
  assert.equal(await answer.text(), 'configuration_invalid');
});
