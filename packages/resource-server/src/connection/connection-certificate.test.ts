import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import { Agent, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { before, describe, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { listen, stopListening } from '../../../../testing/listening.ts';
import { authorize, protect } from '../adapters/node-http.ts';
import { createResourceServer } from '../create-resource-server.ts';
import { createTestAuthority, type Issued, type TestAuthority } from '../testing/certificates.ts';
import { httpsRequest, resumingAgent } from '../testing/https-request.ts';
import { claims, createTestKey, issuer, resource, signToken } from '../testing/tokens.ts';
import { connectionCertificate } from './connection-certificate.ts';

const key = createTestKey('k1');
const write = { scope: 'payments:write' };

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

function tlsOptions() {
  const { cert, key: privateKey } = serverCertificate;
  return { cert, key: privateKey, ca: authority.ca, requestCert: true, rejectUnauthorized: false };
}

function boundToken(changes: Record<string, unknown> = {}): string {
  return signToken(key, claims(Date.now(), { cnf: { 'x5t#S256': billing.thumbprint }, ...changes }));
}

test('a certificate whose times say nothing is not valid', async () => {
  const resourceServer = createResourceServer({
    issuer,
    resource,
    jwks: () => ({ keys: [key.jwk] }),
    revocation: 'none',
  });
  const { der } = billing.certificate;
  const utcTime = Buffer.from([0x17, 13]);
  const from = der.indexOf(utcTime) + utcTime.length;
  const until = der.indexOf(utcTime, from) + utcTime.length;
  for (const at of [from, until]) {
    const damaged = Buffer.from(der);
    damaged.write('991399999999Z', at, 'latin1');
    // Several times: for such a time Node gives whatever date stood in its memory.
    const all = Array.from({ length: 200 }, () => {
      const certificate = new X509Certificate(damaged);
      return connectionCertificate({ getPeerX509Certificate: () => certificate } as TLSSocket);
    });
    for (const one of all) assert.deepEqual([one?.notBefore, one?.notAfter], [0, 0]);
    const presented = all[0];
    const token = boundToken({ cnf: { 'x5t#S256': presented?.thumbprint } });
    const request = {
      method: 'GET',
      url: '/',
      authorization: [`Bearer ${token}`],
      certificate: presented,
    };
    const decision = await resourceServer.verify(request);
    assert.equal(decision.allowed || decision.private.reason, 'certificate_expired');
  }
});

describe('resumption', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`a resumed ${version} connection has its binding checked against the certificate of the first handshake`, async () => {
      const resourceServer = createResourceServer({
        issuer,
        resource,
        jwks: () => ({ keys: [key.jwk] }),
        revocation: 'none',
      });
      const server = createServer(
        { ...tlsOptions(), maxVersion: version },
        protect(resourceServer, {}, (_request, response, access) => {
          response.end(access.clientId);
        }),
      );
      const port = await listen(server);
      const agent = resumingAgent();
      const ask = (token: string) =>
        httpsRequest({ port, ca: authority.ca, certificate: billing, agent, token });
      const foreign = signToken(key, claims(Date.now(), { cnf: { 'x5t#S256': thief.thumbprint } }));
      const first = await ask(boundToken());
      const second = await ask(boundToken());
      const third = await ask(foreign);
      assert.deepEqual([first.status, first.resumed], [200, false]);
      assert.deepEqual([second.status, second.resumed], [200, true]);
      assert.deepEqual([third.status, third.resumed], [401, true]);
      agent.destroy();
      await stopListening(server);
    });
  }

  test('a resumed connection without a certificate has none', async () => {
    const resourceServer = createResourceServer({
      issuer,
      resource,
      jwks: () => ({ keys: [key.jwk] }),
      revocation: 'none',
    });
    const server = createServer(
      tlsOptions(),
      protect(resourceServer, {}, (_request, response) => response.end()),
    );
    const port = await listen(server);
    const agent = resumingAgent();
    const first = await httpsRequest({ port, ca: authority.ca, agent, token: boundToken() });
    const second = await httpsRequest({ port, ca: authority.ca, agent, token: boundToken() });
    assert.deepEqual([first.status, second.status, second.resumed], [401, 401, true]);
    agent.destroy();
    await stopListening(server);
  });
});

test('an expired certificate is refused on the connection that it opened', async () => {
  const time = { now: Date.now() };
  const resourceServer = createResourceServer({
    issuer,
    resource,
    jwks: () => ({ keys: [key.jwk] }),
    revocation: 'none',
    clock: () => time.now,
  });
  const server = createServer(
    tlsOptions(),
    protect(resourceServer, {}, (_request, response) => response.end()),
  );
  const port = await listen(server);
  const agent = new Agent({ keepAlive: true });
  const ask = (token: string) => httpsRequest({ port, ca: authority.ca, certificate: billing, agent, token });
  assert.equal((await ask(boundToken())).status, 200);
  time.now = billing.certificate.notAfter + 1000;
  const answer = await ask(signToken(key, claims(time.now, { cnf: { 'x5t#S256': billing.thumbprint } })));
  assert.equal(answer.status, 401);
  agent.destroy();
  await stopListening(server);
});

test('HTTP/2: every request of a connection is held against its certificate', async () => {
  const resourceServer = createResourceServer({
    issuer,
    resource,
    jwks: () => ({ keys: [key.jwk] }),
    revocation: 'none',
  });
  const server = createSecureServer(tlsOptions(), (request, response) => {
    void authorize(resourceServer, request, response, write).then((access) => {
      if (access !== undefined) response.end(access.clientId);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = async (certificate: Issued, tokens: string[]): Promise<unknown[]> => {
    const session = connectHttp2(`https://localhost:${port}`, {
      ca: authority.ca,
      cert: certificate.cert,
      key: certificate.key,
    });
    const statuses: unknown[] = [];
    for (const token of tokens) {
      const stream = session.request({ ':path': '/payments', authorization: `Bearer ${token}` });
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
      statuses.push(headers[':status']);
      stream.resume();
      await once(stream, 'end');
    }
    session.close();
    return statuses;
  };
  const foreign = signToken(key, claims(Date.now(), { cnf: { 'x5t#S256': thief.thumbprint } }));
  assert.deepEqual(await ask(billing, [boundToken(), foreign, boundToken()]), [200, 401, 200]);
  assert.deepEqual(await ask(thief, [boundToken()]), [401]);
  server.close();
  await once(server, 'close');
});

test('plain HTTP has no certificate, so bound tokens are refused there', async () => {
  const { createServer: createPlainServer, request } = await import('node:http');
  const resourceServer = createResourceServer({
    issuer,
    resource,
    jwks: () => ({ keys: [key.jwk] }),
    revocation: 'none',
  });
  const server = createPlainServer(protect(resourceServer, {}, (_request, response) => response.end()));
  const port = await listen(server);
  const outgoing = request({
    host: '127.0.0.1',
    port,
    headers: { authorization: `Bearer ${boundToken()}` },
    agent: false,
  });
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [{ statusCode: number; resume(): void }];
  incoming.resume();
  assert.equal(incoming.statusCode, 401);
  await stopListening(server);
});
