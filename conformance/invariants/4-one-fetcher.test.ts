import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { asserting, claimsFor, es256, jws, signingKey } from './testing/assertions.ts';
import { certify, identityOf, type Keyed } from './testing/certificates.ts';
import { House } from './testing/house.ts';
import type { HttpsAnswer } from './testing/https-request.ts';
import { startTlsServer, type TlsServer } from './testing/tls-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'mortise-fetching-'));
const key = signingKey();
let house: House;
let authority: Keyed;
/** At an address that may be fetched from. */
let outside: TlsServer;
/** At loopback, where nobody must be led. */
let inside: TlsServer;
const dripping = Promise.withResolvers<ServerResponse>();

before(async () => {
  authority = await certify('CN=Fetched', { ca: true });
  writeFileSync(join(folder, 'ca.pem'), authority.certificate.toPem());
  inside = await startTlsServer('127.0.0.1', authority, (_request, response) => {
    response.end(JSON.stringify(key.jwks));
  });
  outside = await startTlsServer('127.0.0.2', authority, answerOutside);
  house = await House.start({
    flags: ['--fetch-networks', '127.0.0.2/32', '--fetch-ca-file', join(folder, 'ca.pem')],
  });
  await house.resource();
});
after(async () => {
  await house.discard();
  await inside.close();
  await outside.close();
  rmSync(folder, { recursive: true });
});

function answerOutside({ url = '' }: IncomingMessage, response: ServerResponse): void {
  const target = new URL(url, 'https://x').searchParams.get('to');
  if (target !== null) response.writeHead(302, { location: target }).end();
  else if (url === '/loop') response.writeHead(302, { location: '/loop' }).end();
  else if (url === '/huge') pourOut(response);
  else if (url === '/drip') {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{');
    dripping.resolve(response);
  } else if (url === '/nested') response.end('['.repeat(60_000));
  else response.end(JSON.stringify(key.jwks));
}

/** Writes for as long as somebody reads. */
function pourOut(response: ServerResponse): void {
  const block = Buffer.alloc(65_536, 0x20);
  const more = (): void => {
    while (!response.destroyed && response.write(block));
  };
  response.on('drain', more);
  more();
}

let clients = 0;

/** A client whose keys lie at `uri`, and a right assertion of it. */
async function askAs(uri: string): Promise<{ clientId: string; answer: HttpsAnswer }> {
  clients += 1;
  const clientId = `fetched-${clients}`;
  await house.client(clientId, { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: uri });
  return { clientId, answer: await assertAs(clientId, { alg: 'ES256' }) };
}

function assertAs(clientId: string, header: object): Promise<HttpsAnswer> {
  const compact = jws(header, claimsFor(clientId, house.ready.issuer), es256(key.privateKey));
  return house.token('public', { form: asserting(compact), localAddress: `127.0.4.${(clients % 250) + 1}` });
}

/** Why the keys of a client were not at hand. */
async function problemOf(clientId: string): Promise<string> {
  const { items } = await house.administer('GET', `/clients/${clientId}/refusals`);
  const [latest] = items as { reason: { code: string; problem?: string } }[];
  assert.equal(latest?.reason.code, 'keys_unavailable');
  return String(latest.reason.problem);
}

test('invariant 4: keys are fetched from an admitted address', async () => {
  const { answer } = await askAs(`${outside.url}/jwks`);
  assert.equal(answer.status, 200, answer.text);
});

test('invariant 4: no spelling of an inner address is connected to', async () => {
  const { port } = inside;
  for (const host of [
    '127.0.0.1',
    'localhost',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '0.0.0.0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::]',
    '127.0.0.3',
    '169.254.169.254',
    '10.0.0.1',
    '192.168.0.1',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[64:ff9b::7f00:1]',
  ]) {
    const { clientId, answer } = await askAs(`https://${host}:${port}/jwks`);
    assert.equal(answer.status, 401, host);
    assert.equal(await problemOf(clientId), 'address_refused', host);
  }
  assert.equal(inside.connections(), 0);
});

test('invariant 4: a redirect is judged like the first URL', async () => {
  for (const [target, problem] of [
    [`${inside.url}/jwks`, 'address_refused'],
    [`https://localhost:${inside.port}/jwks`, 'address_refused'],
    [`//127.0.0.1:${inside.port}/jwks`, 'address_refused'],
    ['https://169.254.169.254/latest/meta-data/', 'address_refused'],
    ['http://169.254.169.254/latest/meta-data/', 'scheme_refused'],
    [`http://127.0.0.2:${outside.port}/jwks`, 'scheme_refused'],
    ['file:///etc/passwd', 'scheme_refused'],
    [`https://name:word@127.0.0.2:${outside.port}/jwks`, 'redirect_invalid'],
    [`${outside.url}/?to=${encodeURIComponent(`${inside.url}/jwks`)}`, 'address_refused'],
  ]) {
    const { clientId, answer } = await askAs(`${outside.url}/?to=${encodeURIComponent(target!)}`);
    assert.equal(answer.status, 401, target);
    assert.equal(await problemOf(clientId), problem, target);
  }
  assert.equal(inside.connections(), 0);
  const { clientId } = await askAs(`${outside.url}/loop`);
  assert.equal(await problemOf(clientId), 'too_many_redirects');
});

test('invariant 4: a document without end, or that is none, is let go', async () => {
  const huge = await askAs(`${outside.url}/huge`);
  assert.equal(await problemOf(huge.clientId), 'too_large');
  const nested = await askAs(`${outside.url}/nested`);
  assert.equal(await problemOf(nested.clientId), 'json_invalid');
});

test('invariant 4: a server that drips holds up nobody but its own client, and not for long', async () => {
  const slow = askAs(`${outside.url}/drip`);
  const secret = await house.client('bystander', { token_endpoint_auth_method: 'client_secret_post' });
  const response = await dripping.promise;
  const gone = once(response, 'close');
  const drip = setInterval(() => response.write(' '), 200);
  const form = { client_id: 'bystander', client_secret: secret };
  assert.equal((await house.token('public', { form })).status, 200);
  assert.equal(response.destroyed, false, 'the drip went on meanwhile');
  const { clientId, answer } = await slow;
  assert.equal(answer.status, 401);
  assert.equal(await problemOf(clientId), 'timeout');
  await gone;
  clearInterval(drip);
});

test("invariant 4: assertions that nobody signed do not make the server ask a client's URL again and again", async () => {
  const { clientId } = await askAs(`${outside.url}/once`);
  const flood = Array.from({ length: 60 }, (_, index) =>
    assertAs(clientId, { alg: 'ES256', kid: `k${index}` }),
  );
  for (const { status } of await Promise.all(flood)) assert.ok([401, 429].includes(status));
  assert.ok(outside.paths.filter((path) => path === '/once').length <= 2);
  assert.equal((await assertAs(clientId, { alg: 'ES256' })).status, 200);
});

test('invariant 4: nothing is fetched from where a stranger says: neither certificate nor header of an assertion', async () => {
  const asked = inside.connections() + outside.connections();
  const url = `${outside.url}/stranger`;
  for (const member of ['jku', 'x5u']) {
    const answer = await assertAs('fetched-1', { alg: 'ES256', [member]: url });
    assert.equal(answer.status, 401);
  }
  await house.certified('fetching');
  const name = { type: 'uri', value: `${house.ready.issuer}/clients/fetching` } as const;
  for (const target of [url, `${inside.url}/crl`]) {
    const stranger = await certify('CN=stranger', { names: [name], fetchFrom: target });
    const identity = identityOf(stranger);
    const answer = await house.token('mtls', { identity, form: { client_id: 'fetching' } });
    assert.equal(answer.status, 401);
  }
  assert.equal(inside.connections() + outside.connections(), asked);
});
