/** Servers that answer ACME validations with anything but what they should: each ends in time, is told, and proves nothing. */
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import type { AcmeClient } from '../../packages/server/src/acme/testing/acme-client.ts';
import {
  type AcmeHouse,
  csrFor,
  listening,
  openAcme,
} from '../../packages/server/src/acme/testing/open-acme.ts';
import { refused } from '../../packages/server/src/acme/testing/refused.ts';
import { hasNoOrphans } from './testing/acme-rows.ts';

/** What is done with a connection once its first bytes are there. */
type Behaviour = (socket: Socket) => void;

let behave: Behaviour = (socket) => socket.end();
let connections = 0;
const open = new Set<Socket>();
const server = createServer((socket) => {
  connections += 1;
  open.add(socket);
  socket.on('error', () => undefined);
  socket.once('close', () => open.delete(socket));
  socket.once('data', () => behave(socket));
});
const port = await listening(server);
after(() => {
  for (const socket of open) socket.destroy();
  server.close();
});
const ports = { acmeHttpPort: port, acmeTlsPort: port };
const patient = await openAcme(ports);
/** For servers that would keep the other for ever. */
const hasty = await openAcme({ ...ports, acmeTimeoutMs: 300 });
after(() => {
  for (const { server: each } of [patient, hasty]) {
    assert.doesNotMatch(each.logged(), /"level":(50|60)/, 'nothing failed inside');
  }
});

/** Writes the same bytes again and again, slowly, until the other side ends it. */
const drip =
  (first: string, bytes: string): Behaviour =>
  (socket) => {
    socket.write(first);
    const more = setInterval(() => socket.write(bytes), 20);
    socket.once('close', () => clearInterval(more));
  };
const say =
  (...lines: string[]): Behaviour =>
  (socket) =>
    socket.end(`${lines.join('\r\n')}`);
const redirect = (to: string): Behaviour =>
  say('HTTP/1.1 302 Found', `Location: ${to}`, 'Content-Length: 0', 'Connection: close', '', '');
/** As fast as the other side takes it. */
const flood =
  (first: string): Behaviour =>
  (socket) => {
    const bytes = Buffer.alloc(65_536, 'x');
    socket.write(first);
    const more = (): void => {
      while (!socket.destroyed && socket.write(bytes));
      socket.once('drain', more);
    };
    more();
  };

async function attempt(client: AcmeClient, type: string, name: string) {
  const order = await client.order([name]);
  assert.equal(order.status, 201, order.text);
  const [url] = order.json.authorizations as string[];
  const { json } = await client.post(url!);
  const challenge = json.challenges.find((each: { type: string }) => each.type === type);
  await client.post(challenge.url, {});
  return { order, url: url! };
}

/** What a challenge came to: its error. The order is lost, and no certificate is had of it. */
async function failure(
  house: AcmeHouse,
  type: string,
  name = 'localhost',
): Promise<{ type: string; detail: string }> {
  const client = await house.client();
  const { order, url } = await attempt(client, type, name);
  const settled = await client.settled(url);
  assert.equal(settled.json.status, 'invalid', settled.text);
  assert.equal((await client.post(String(order.headers['location']))).json.status, 'invalid');
  const csr = await csrFor([name]);
  refused(await client.post(order.json.finalize, { csr }), 'orderNotReady', 403);
  return settled.json.challenges[0].error;
}

const toward = (what: string): AcmeHouse => (/^(drips|says nothing)/.test(what) ? hasty : patient);
const here = `http://localhost:${port}`;
const ok = 'HTTP/1.1 200 OK\r\nConnection: close\r\n';
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;

for (const [what, behaviour, type, detail] of [
  [
    'redirects to itself for ever',
    redirect('/.well-known/acme-challenge/again'),
    'connection',
    /redirects more than 10/,
  ],
  ['redirects to its whole URL for ever', redirect(`${here}/x`), 'connection', /redirects more than 10/],
  ['redirects to nowhere', redirect(''), 'connection', /./],
  ['redirects to a private address', redirect('http://10.0.0.1/'), 'connection', /not at a public/],
  ['redirects to a private address in IPv6', redirect('http://[fd00::1]/'), 'connection', /not at a public/],
  [
    'redirects to a mapped address',
    redirect('http://[::ffff:192.168.0.1]/'),
    'connection',
    /not at a public/,
  ],
  ['redirects to an address as one number', redirect('http://167772161/'), 'connection', /not at a public/],
  [
    'redirects to the address of metadata',
    redirect('http://169.254.169.254/'),
    'connection',
    /not at a public/,
  ],
  ['redirects to a file', redirect('file:///etc/passwd'), 'connection', /file: URLs are not fetched/],
  ['redirects with a password', redirect('http://a:b@localhost/'), 'connection', /not a URL/],
  ['drips its status line', drip('HTTP/1.1 2', '0'), 'connection', /./],
  ['drips headers', drip('HTTP/1.1 200 OK\r\n', 'X: y\r\n'), 'connection', /too long/],
  ['drips its body', drip(`${ok}Content-Length: 8000\r\n\r\n`, 'x'), 'connection', /too long/],
  ['drips chunks', drip(chunked, '1\r\nx\r\n'), 'connection', /too long/],
  ['drips redirects', drip('HTTP/1.1 302 Found\r\nLocation: /', 'x'), 'connection', /./],
  ['says nothing', () => undefined, 'connection', /too long/],
  ['hangs up', (socket: Socket) => socket.destroy(), 'connection', /could not be fetched/],
  ['speaks something else', say('220 mail.example ESMTP', ''), 'connection', /could not be fetched/],
  ['answers without end', flood(`${ok}\r\n`), 'incorrectResponse', /sends more than/],
  ['sends headers without end', flood('HTTP/1.1 200 OK\r\nX: '), 'connection', /could not be fetched/],
  [
    'lies about its length',
    say(`${ok}Content-Length: 4000`, '', 'short'),
    'connection',
    /could not be fetched/,
  ],
  ['compresses', say(`${ok}Content-Encoding: gzip`, '', 'x'), 'incorrectResponse', /compresses/],
  ['answers with nothing', say('HTTP/1.1 204 No Content', '', ''), 'incorrectResponse', /answered 204/],
  ['answers with the token alone', say(ok, 'token'), 'incorrectResponse', /not the key authorization/],
] as [string, Behaviour, string, RegExp][]) {
  test(`http-01 fails where the server ${what}`, async () => {
    behave = behaviour;
    const error = await failure(toward(what), 'http-01');
    assert.equal(error.type, `urn:ietf:params:acme:error:${type}`, error.detail);
    assert.match(error.detail, detail);
  });
}

for (const [what, behaviour] of [
  ['says nothing', () => undefined],
  ['drips a handshake', drip('\x16\x03\x03\x40\x00\x02', '\x00')],
  ['hangs up', (socket: Socket) => socket.destroy()],
  ['speaks HTTP', say(ok, 'hello')],
  ['floods', flood('\x16\x03\x03')],
] as [string, Behaviour][]) {
  test(`tls-alpn-01 fails where the server ${what}`, async () => {
    behave = behaviour;
    const error = await failure(toward(what), 'tls-alpn-01');
    assert.match(error.type, /:(tls|connection)$/, error.detail);
  });
}

test('validation connects to no address that policy does not admit, whatever the identifier', async () => {
  for (const type of ['http-01', 'tls-alpn-01']) {
    for (const address of [
      '10.0.0.1',
      '169.254.169.254',
      '0.0.0.0',
      '192.168.1.1',
      'fe80::1',
      '::ffff:10.0.0.1',
    ]) {
      const before = connections;
      const error = await failure(patient, type, address);
      assert.equal(error.type, 'urn:ietf:params:acme:error:connection', `${address}: ${error.detail}`);
      assert.match(error.detail, /not at a public or configured address/, address);
      assert.equal(connections, before);
    }
  }
});

test('servers that drip do not keep others from being validated', async () => {
  const answers = new Map<string, string>();
  const slow = drip(`${ok}Content-Length: 8000\r\n\r\n`, 'x');
  behave = (socket) => {
    const answer = [...answers.values()].at(-1);
    if (answer === undefined) slow(socket);
    else say(ok, answer)(socket);
  };
  const good = await hasty.client();
  const dripping = await Promise.all(
    // More than are validated at once.
    Array.from({ length: 24 }, async () => attempt(await hasty.client(), 'http-01', 'localhost')),
  );
  assert.equal(dripping.length, 24);
  const order = await good.order(['localhost']);
  const [url] = order.json.authorizations as string[];
  const { json } = await good.post(url!);
  const challenge = json.challenges.find((each: { type: string }) => each.type === 'http-01');
  answers.set(challenge.token, `${challenge.token}.${good.thumbprint}`);
  await good.post(challenge.url, {});
  assert.equal((await good.settled(url!)).json.status, 'valid');
});

test('no authorization and no certificate stands without its order', () => {
  for (const { server: each } of [patient, hasty]) hasNoOrphans(each.data);
});
