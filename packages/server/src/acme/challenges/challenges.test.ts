import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer as createWebServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { after, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { createCertificate, createKeySigner, encodeDer, TAG } from '@mortise/x509';
import type { AcmeClient } from '../testing/acme-client.ts';
import { listening, openAcme } from '../testing/open-acme.ts';
import { serverName } from './tls-alpn-01.ts';

let answer: RequestListener = (_request, response) => response.end();
const web = createWebServer((request, response) => answer(request, response));
const acmeHttpPort = await listening(web);
let certificate: { key: string; cert: string; protocols: string[] } | undefined;
const tlsDoor = createTcpServer((socket) => {
  socket.on('error', () => undefined);
  if (certificate === undefined) return void socket.end('no TLS here');
  const { key, cert, protocols } = certificate;
  const server = createTlsServer({ key, cert, ALPNProtocols: protocols });
  server.on('tlsClientError', () => undefined);
  server.on('secureConnection', (each) => each.on('error', () => undefined));
  server.emit('connection', socket);
});
const acmeTlsPort = await listening(tlsDoor);
after(() => {
  web.closeAllConnections();
  for (const server of [web, tlsDoor] as Server[]) server.close();
});
const house = await openAcme({ acmeHttpPort, acmeTlsPort });
const closed = await openAcme({ acmeNetworks: [], acmeHttpPort, acmeTlsPort });

interface Outcome {
  readonly status: string;
  readonly error?: { readonly type: string; readonly detail: string };
}

/** Asks for one challenge of an order, and what it came to. `ready` is told the key authorization first. */
async function outcome(
  client: AcmeClient,
  type: string,
  ready: (token: string, keyAuthorization: string) => void | Promise<void>,
  name = 'localhost',
): Promise<Outcome> {
  const order = await client.order([name]);
  const url = order.json.authorizations[0] as string;
  const { json } = await client.post(url);
  const challenge = json.challenges.find((each: { type: string }) => each.type === type);
  assert.match(challenge.token, /^[A-Za-z0-9_-]{43}$/);
  await ready(challenge.token, `${challenge.token}.${client.thumbprint}`);
  const begun = await client.post(challenge.url, {});
  assert.ok([begun.headers['link']].flat().join(', ').includes(`<${url}>;rel="up"`));
  const settled = await client.settled(url);
  assert.equal(settled.json.challenges.length, 1);
  const order2 = await client.post(String(order.headers['location']));
  assert.equal(order2.json.status, settled.json.status === 'valid' ? 'ready' : 'invalid');
  return settled.json.challenges[0] as Outcome;
}

const failed = (found: Outcome, type: string, detail: RegExp): void => {
  assert.equal(found.status, 'invalid');
  assert.equal(found.error?.type, `urn:ietf:params:acme:error:${type}`);
  assert.match(found.error?.detail ?? '', detail);
};

async function tlsCertificate(
  name: string,
  keyAuthorization: string,
  more: { critical?: boolean; protocols?: string[]; names?: string[]; without?: boolean } = {},
): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = createKeySigner(privateKey);
  const digest = createHash('sha256').update(keyAuthorization).digest();
  const value = encodeDer((der) => der.primitive(TAG.octetString, digest));
  const made = await createCertificate(
    {
      subject: 'CN=x',
      issuer: 'CN=x',
      notBefore: Date.now() - 1000,
      notAfter: Date.now() + 60_000,
      publicKey: signer.publicKey,
      subjectAltName: (more.names ?? [name]).map((each) =>
        /^[\d.]+$/.test(each) ? { type: 'ip', value: each } : { type: 'dns', value: each },
      ),
      extensions:
        more.without === true ? [] : [{ oid: '1.3.6.1.5.5.7.1.31', critical: more.critical ?? true, value }],
    } as never,
    signer,
  );
  certificate = {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    cert: made.toPem(),
    protocols: more.protocols ?? ['acme-tls/1'],
  };
}

test('http-01 takes the key authorization, with spaces behind it, and after a redirect', async () => {
  const client = await house.client();
  let paths: string[] = [];
  const found = await outcome(client, 'http-01', (token, keyAuthorization) => {
    paths = [`/.well-known/acme-challenge/${token}`, '/there'];
    answer = (request, response) => {
      assert.equal(request.url, paths.shift());
      if (paths.length === 0) response.end(`${keyAuthorization}\n`);
      else response.writeHead(302, { location: '/there' }).end();
    };
  });
  assert.equal(found.status, 'valid');
  assert.deepEqual(paths, []);
});

test('http-01 refuses another answer, another status, endless redirects and endless bodies', {
  timeout: 120_000,
}, async () => {
  const client = await house.client();
  const cases: [RequestListener, string, RegExp][] = [
    [(_, response) => response.end('something else'), 'incorrectResponse', /not the key authorization/],
    [(_, response) => response.writeHead(500).end('secret'), 'incorrectResponse', /answered 500/],
    [
      (_, response) => response.writeHead(302, { location: '/again' }).end(),
      'connection',
      /redirects more than/,
    ],
    [
      (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
      'connection',
      /not at a public or configured address/,
    ],
    [
      (_, response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end(),
      'connection',
      /not at a public or configured address/,
    ],
    [(_, response) => response.end('x'.repeat(100_000)), 'incorrectResponse', /sends more than/],
  ];
  for (const [handle, type, detail] of cases) {
    const found = await outcome(client, 'http-01', () => {
      answer = handle;
    });
    failed(found, type, detail);
    assert.ok(!JSON.stringify(found).includes('secret'));
  }
});

test('validation does not connect to where policy does not allow', async () => {
  const client = await closed.client();
  answer = () => assert.fail('somebody connected');
  for (const type of ['http-01', 'tls-alpn-01']) {
    failed(await outcome(client, type, () => {}), 'connection', /not at a public or configured address/);
    failed(await outcome(client, type, () => {}, '127.0.0.1'), 'connection', /not at a public/);
  }
});

test('tls-alpn-01 takes the one certificate that is right, also for an address', async () => {
  const client = await house.client();
  for (const name of ['localhost', '127.0.0.1']) {
    const found = await outcome(client, 'tls-alpn-01', (_, key) => tlsCertificate(name, key), name);
    assert.equal(found.status, 'valid', found.error?.detail);
  }
});

test('tls-alpn-01 refuses every other certificate', { timeout: 120_000 }, async () => {
  const client = await house.client();
  const cases: [Parameters<typeof tlsCertificate>[2], RegExp][] = [
    [{ critical: false }, /not critical/],
    [{ without: true }, /no extension acmeIdentifier/],
    [{ names: ['other.example'] }, /for another name/],
    [{ names: ['localhost', 'other.example'] }, /exactly one name/],
  ];
  for (const [more, detail] of cases) {
    const found = await outcome(client, 'tls-alpn-01', (_, key) => tlsCertificate('localhost', key, more));
    failed(found, 'unauthorized', detail);
  }
  const stolen = await outcome(client, 'tls-alpn-01', () => tlsCertificate('localhost', 'token.thumbprint'));
  failed(stolen, 'unauthorized', /another digest/);
  const other = await outcome(client, 'tls-alpn-01', (_, key) =>
    tlsCertificate('localhost', key, { protocols: ['http/1.1'] }),
  );
  assert.equal(other.status, 'invalid');
  const none = await outcome(client, 'tls-alpn-01', () => {
    certificate = undefined;
  });
  failed(none, 'tls', /made no handshake/);
});

test('an address is asked for by its name in the reverse tree', () => {
  assert.equal(serverName({ type: 'ip', value: '192.0.2.1' }), '1.2.0.192.in-addr.arpa');
  assert.equal(
    serverName({ type: 'ip', value: '2001:db8::1' }),
    '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
  );
});
