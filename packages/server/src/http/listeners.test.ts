import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import {
  answerJson,
  createRouter,
  createSecureListener,
  drain,
  type ListenerLimits,
  LiveConnections,
  listen,
  PresentedCertificates,
  RequestCounts,
  type Route,
  readBody,
  useCertificate,
} from './index.ts';
import { exchangeBytes, openConnection } from './testing/raw-connection.ts';
import { chainPem, makeIdentity, type TestIdentity } from './testing/test-certificates.ts';

const limits: ListenerLimits = {
  headerLimitBytes: 8192,
  headersTimeoutSeconds: 10,
  requestTimeoutSeconds: 10,
  keepAliveTimeoutSeconds: 10,
  handshakeTimeoutSeconds: 10,
  connectionsLimit: 100,
  connectionsPerAddressLimit: 8,
};

const certificates = new PresentedCertificates();
const connections = new LiveConnections();
const failures: object[] = [];
let server: Server;
let serverIdentity: TestIdentity;
let root: TestIdentity;
let intermediate: TestIdentity;
let leaf: TestIdentity;

const routes: readonly Route[] = [
  {
    listeners: ['mtls'],
    method: 'GET',
    path: '/who',
    handle: ({ response, certificate, path, query }) =>
      answerJson(response, 200, {
        x5t: certificate?.x5t ?? null,
        chain: certificate?.chain.length ?? 0,
        resumed: certificate?.resumed ?? null,
        path,
        query,
      }),
  },
  {
    listeners: ['mtls'],
    method: 'POST',
    path: '/echo',
    handle: ({ request, response }) =>
      readBody(request, 1000, (failure, body) =>
        answerJson(
          response,
          failure === undefined ? 200 : 413,
          { failure: failure ?? null, length: body.length },
          {
            Connection: 'close',
          },
        ),
      ),
  },
  { listeners: ['mtls'], method: 'GET', path: '/throws', handle: () => assert.fail('inside') },
  { listeners: ['mtls'], method: 'GET', path: '/rejects', handle: () => Promise.reject(new Error('inside')) },
  {
    listeners: ['public'],
    method: 'GET',
    path: '/elsewhere',
    handle: () => assert.fail('not on this listener'),
  },
];

before(async () => {
  root = await makeIdentity('CN=root', { ca: true });
  intermediate = await makeIdentity('CN=intermediate', { ca: true, issuer: root });
  leaf = await makeIdentity('CN=client', { issuer: intermediate });
  serverIdentity = await makeIdentity('CN=localhost', { dns: 'localhost' });
  server = createSecureListener({
    limits,
    onRequest: createRouter({
      listener: 'mtls',
      routes,
      certificateOf: (socket) => certificates.of(socket),
      counts: new RequestCounts(),
      headers: {},
      log: { error: (fields) => failures.push(fields) },
    }),
    clientCertificates: { certificates, connections },
  });
  useCertificate(server, {
    certificateChainPem: chainPem(serverIdentity),
    privateKeyPem: serverIdentity.keyPem,
  });
  await listen(server, 'mtls', { host: '127.0.0.1', port: 0 });
});
after(() => drain([server], 0));

const here = () => ({
  host: '127.0.0.1',
  port: (server.address() as AddressInfo).port,
  servername: 'localhost',
});
const asClient = () => ({ ...here(), key: leaf.keyPem, cert: chainPem(leaf, serverIdentity, intermediate) });
const get = (path: string, headers = '') =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`;
const bodyOf = (answer: string) =>
  JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>;

test('a request without a certificate is served, and has none', async () => {
  const answer = await exchangeBytes(here(), get('/who'));
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.equal(bodyOf(answer)['x5t'], null);
});

test('a certificate that no root vouches for is let in, with everything sent behind it', async () => {
  const body = bodyOf(await exchangeBytes(asClient(), get('/who')));
  assert.equal(body['x5t'], leaf.certificate.thumbprint);
  assert.equal(body['chain'], 2);
  assert.equal(body['resumed'], false);
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a resumed connection (${version}) keeps its certificate and the chain of its full handshake`, async () => {
    const limitsOfVersion = { minVersion: version, maxVersion: version } as const;
    const first = await openConnection({ ...asClient(), ...limitsOfVersion });
    first.socket.write(get('/who'));
    first.socket.resume();
    const session = await first.session;
    await once(first.socket, 'close');
    const body = bodyOf(await exchangeBytes({ ...asClient(), ...limitsOfVersion, session }, get('/who')));
    assert.equal(body['resumed'], true);
    assert.equal(body['x5t'], leaf.certificate.thumbprint);
    assert.equal(body['chain'], 2);
  });
}

test('a client cannot resume without the key: another certificate beside the session does not count', async () => {
  const other = await makeIdentity('CN=other');
  const first = await openConnection(asClient());
  first.socket.resume();
  first.socket.write(get('/who'));
  const session = await first.session;
  await once(first.socket, 'close');
  const body = bodyOf(
    await exchangeBytes({ ...here(), key: other.keyPem, cert: chainPem(other), session }, get('/who')),
  );
  // Whoever has the session's secrets is the peer of its full handshake; the certificate offered now is not looked at.
  assert.notEqual(body['x5t'], other.certificate.thumbprint);
});

test('identity headers of every kind have no effect', async () => {
  const forged = Buffer.from(leaf.certificate.der).toString('base64');
  const headers = [
    `Client-Cert: :${forged}:`,
    `Client-Cert-Chain: :${forged}:`,
    `X-Forwarded-Client-Cert: Hash=${leaf.certificate.fingerprint256};Cert="x"`,
    `X-SSL-Client-Cert: ${forged}`,
    `X-Forwarded-Tls-Client-Cert: ${forged}`,
    'X-Forwarded-For: 10.0.0.1',
    'X-Forwarded-Host: elsewhere.example',
    'Forwarded: for=10.0.0.1;host=elsewhere.example',
  ].map((line) => `${line}\r\n`);
  assert.equal(bodyOf(await exchangeBytes(here(), get('/who', headers.join(''))))['x5t'], null);
});

test('paths are compared exactly, and the query is apart', async () => {
  const ok = bodyOf(await exchangeBytes(here(), get('/who?a=b')));
  assert.deepEqual([ok['path'], ok['query']], ['/who', 'a=b']);
  for (const path of ['/who/', '//who', '/%77ho', '/a/../who', '/WHO', '/elsewhere', '/']) {
    assert.match(await exchangeBytes(here(), get(path)), /^HTTP\/1\.1 404 /, path);
  }
});

test('an absolute request target is understood, and its authority is ignored', async () => {
  assert.equal(bodyOf(await exchangeBytes(here(), get('https://elsewhere.example/who?x')))['path'], '/who');
  assert.match(await exchangeBytes(here(), get('ftp://elsewhere.example/who')), /^HTTP\/1\.1 400 /);
  assert.match(await exchangeBytes(here(), get('*')), /^HTTP\/1\.1 400 /);
});

test('a wrong method is refused with what is allowed', async () => {
  const answer = await exchangeBytes(here(), 'DELETE /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(answer, /^HTTP\/1\.1 405 /);
  assert.match(answer, /\r\nAllow: GET\r\n/i);
  assert.equal(bodyOf(answer)['code'], 'method_not_allowed');
});

test('HEAD is answered as GET, without the body', async () => {
  const answer = await exchangeBytes(here(), 'HEAD /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n$/);
});

test('what is not HTTP, or too much of it, gets a 4xx and the end of the connection', async () => {
  const cases: [string, string, RegExp][] = [
    ['no HTTP', '\x00\x01\x02\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['no Host', 'GET /who HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a head that is too long', get('/who', `X: ${'a'.repeat(10_000)}\r\n`), /^HTTP\/1\.1 431 /],
    ['a bad version', 'GET /who HTTP/9.9\r\nHost: x\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a bad header name', get('/who', 'X y: 1\r\n'), /^HTTP\/1\.1 400 /],
    ['a NUL in a header', get('/who', 'X: a\0b\r\n'), /^HTTP\/1\.1 400 /],
    [
      'two lengths',
      'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a length beside chunks',
      'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a bad chunk',
      'POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      /^HTTP\/1\.1 400 /,
    ],
  ];
  for (const [what, bytes, expected] of cases)
    assert.match(await exchangeBytes(here(), bytes), expected, what);
});

test('a body over the limit is refused by its declared length and by its real one', async () => {
  const declared = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n';
  assert.equal(bodyOf(await exchangeBytes(here(), declared))['failure'], 'too_large');
  const chunk = `${(600).toString(16)}\r\n${'a'.repeat(600)}\r\n`;
  const chunked = `POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`;
  assert.equal(bodyOf(await exchangeBytes(here(), chunked))['failure'], 'too_large');
  const fits = `POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`;
  assert.equal(bodyOf(await exchangeBytes(here(), fits))['length'], 600);
});

test('a handler that throws or rejects becomes a 500 without its reason, which goes to the log', async () => {
  for (const path of ['/throws', '/rejects']) {
    failures.length = 0;
    const answer = await exchangeBytes(here(), get(path));
    assert.match(answer, /^HTTP\/1\.1 500 /);
    assert.equal(answer.includes('inside'), false);
    assert.equal(failures.length, 1);
  }
});

test('a certificate that is closed loses its live connections, others keep theirs', async () => {
  const other = await makeIdentity('CN=stays');
  const revoked = await Promise.all([openConnection(asClient()), openConnection(asClient())]);
  const kept = await openConnection({ ...here(), key: other.keyPem, cert: chainPem(other) });
  for (const { socket } of [...revoked, kept]) {
    socket.write('GET /who HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
  }
  const closed = revoked.map(({ socket }) => once(socket, 'close'));
  assert.equal(connections.closeCertificate(leaf.certificate.thumbprint), 2);
  await Promise.all(closed);
  kept.socket.write('GET /who HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(kept.socket, 'data');
  connections.attribute(other.certificate.thumbprint, 'stays');
  const gone = once(kept.socket, 'close');
  assert.equal(connections.closeClient('someone-else'), 0);
  assert.equal(connections.closeClient('stays'), 1);
  await gone;
});

test('an address has no more than its share of connections', async () => {
  const open = await Promise.all(Array.from({ length: 8 }, () => openConnection(here())));
  await assert.rejects(openConnection(here()));
  for (const { socket } of open) socket.destroy();
  await Promise.all(open.map(({ socket }) => once(socket, 'close')));
  let again: Awaited<ReturnType<typeof openConnection>> | undefined;
  while (again === undefined) again = await openConnection(here()).catch(() => undefined);
  again.socket.destroy();
});

test('TLS 1.1 and renegotiation are refused', async () => {
  await assert.rejects(
    openConnection({ ...here(), minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
  );
  const { socket } = await openConnection({ ...here(), maxVersion: 'TLSv1.2' });
  const refused = once(socket, 'error');
  socket.renegotiate({}, () => undefined);
  socket.write(get('/who'));
  assert.match(String(await refused.catch((error: unknown) => error)), /no renegotiation/);
});

test('a new server certificate holds from the next handshake on, and open connections go on', async () => {
  const before = await openConnection(here());
  const successor = await makeIdentity('CN=localhost', { dns: 'localhost' });
  useCertificate(server, { certificateChainPem: chainPem(successor), privateKeyPem: successor.keyPem });
  before.socket.write('GET /who HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(before.socket, 'data');
  const next = await openConnection(asClient());
  assert.ok(next.socket.getPeerX509Certificate()?.raw.equals(successor.certificate.der));
  before.socket.destroy();
  next.socket.destroy();
});
