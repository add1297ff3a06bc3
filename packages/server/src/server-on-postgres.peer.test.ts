/** Two whole servers over one PostgreSQL: what one of them did, the other knows, and it outlives both. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SignJWT } from 'jose';
import { runCommand } from './cli/testing/run-command.ts';
import {
  anyPorts,
  send,
  startTestServer,
  type TestAnswer,
  type TestServer,
} from './start/testing/running-server.ts';
import { postgresCluster } from './storage/testing/postgres-cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'mortise-two-'));
const resource = 'https://payments.example';
let databaseUrl: string;
let one: TestServer;
let other: TestServer;

/** The second listens on another address, because both answer for the same ports. */
const elsewhere = Object.fromEntries(Object.keys(anyPorts).map((name) => [name, '127.0.0.2:0']));

function start(name: string, flags: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  return startTestServer({ data: join(folder, name), flags: { databaseUrl, ...flags } });
}

before(async () => {
  databaseUrl = await (await postgresCluster()).createDatabase();
  one = await start('one');
  mkdirSync(join(folder, 'other'), { mode: 0o700 });
  cpSync(join(one.data, 'master.key'), join(folder, 'other', 'master.key'));
  other = await start('other', elsewhere);
});
after(async () => {
  await one.close();
  await other.close();
  rmSync(folder, { recursive: true, force: true });
});

async function mortise(...argv: string[]): Promise<Record<string, unknown>> {
  const result = await runCommand([...argv, '--data', one.data, '--json']);
  assert.equal(result.status, 0, result.stderr);
  return result.json();
}

/** A request to one of the two, over the certificate of a client if one is named. */
function post(
  server: TestServer,
  path: string,
  form: Record<string, string>,
  certificate?: string,
): Promise<TestAnswer> {
  const read = (file: string): string => readFileSync(join(folder, String(certificate), file), 'utf8');
  return send(`${certificate === undefined ? server.issuer : server.mtls}${path}`, {
    method: 'POST',
    host: server === one ? '127.0.0.1' : '127.0.0.2',
    ca: one.ca,
    ...(certificate !== undefined && { key: read('key.pem'), cert: read('cert.pem') }),
    body: new URLSearchParams(form),
  });
}

const grant = { grant_type: 'client_credentials', scope: 'payments:write', client_id: 'billing' };

test('a client made at one gets its bound token at the other, and is revoked at both at once', async () => {
  await mortise('resource', 'create', resource, '--scope', 'payments:write', '--resource-server', 'admin');
  await mortise(
    ...['client', 'create', 'billing', '--token-endpoint-auth-method', 'tls_client_auth'],
    ...['--scope', 'payments:write', '--resource', resource],
  );
  await mortise('certificate', 'issue', '--client', 'billing', '--out', join(folder, 'billing'));
  const granted = await post(other, '/oauth2/token', grant, 'billing');
  assert.equal(granted.status, 200, granted.text);
  const token = String(granted.json()['access_token']);
  cpSync(join(one.data, 'admin'), join(folder, 'admin'), { recursive: true });
  const introspect = (server: TestServer): Promise<TestAnswer> =>
    post(server, '/oauth2/introspect', { token, client_id: 'admin' }, 'admin');
  for (const server of [one, other]) assert.equal((await introspect(server)).json()['active'], true);

  await mortise('client', 'revoke', 'billing');
  assert.equal((await introspect(one)).json()['active'], false);
  // The other hears of it from the database a moment later; how often it may be asked until then is bounded.
  let active: unknown = true;
  for (let asked = 0; active && asked < 1_000; asked += 1)
    active = (await introspect(other)).json()['active'];
  assert.equal(active, false);
  assert.equal((await post(other, '/oauth2/token', grant, 'billing')).status, 401);
});

test('an assertion used at one is used up at the other', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwks = join(folder, 'jwks.json');
  writeFileSync(jwks, JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] }));
  await mortise(
    ...['client', 'create', 'signer', '--token-endpoint-auth-method', 'private_key_jwt', '--jwks', jwks],
    ...['--scope', 'payments:write', '--resource', resource],
  );
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer('signer')
    .setSubject('signer')
    .setAudience(one.issuer)
    .setJti('once')
    .setExpirationTime('1m')
    .sign(privateKey);
  const form = {
    grant_type: 'client_credentials',
    scope: 'payments:write',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  };
  const answers = await Promise.all(
    [one, other, one, other].map((server) => post(server, '/oauth2/token', form)),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401]);
});

test('what they stored is there when they start again', async () => {
  await one.close();
  one = await start('one');
  const clients = await mortise('client', 'list');
  assert.match(JSON.stringify(clients), /"signer"/);
  assert.match(JSON.stringify(clients), /"billing"/);
});
