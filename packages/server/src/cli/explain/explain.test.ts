import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '../../start/testing/running-server.ts';
import { AdminApi } from '../connection/admin-api.ts';
import { findTarget } from '../connection/target.ts';
import { type CommandResult, runCommand } from '../testing/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'mortise-explain-'));
const payments = 'https://payments.example';
let server: TestServer;

before(async () => {
  server = await startTestServer();
  assert.equal((await run('resource', 'create', payments, '--scope', 'payments:write')).status, 0);
  for (const client of ['billing', 'shipping']) {
    const metadata = ['--scope', 'payments:write', '--resource', payments];
    await run('client', 'create', client, '--token-endpoint-auth-method', 'tls_client_auth', ...metadata);
    const issued = await run('certificate', 'issue', '--client', client, '--out', join(folder, client));
    assert.equal(issued.status, 0, issued.stderr);
  }
});
after(async () => {
  await server.discard();
  rmSync(folder, { recursive: true });
});

const run = (...argv: string[]): Promise<CommandResult> => runCommand([...argv, '--data', server.data]);
const explain = (...argv: string[]): Promise<CommandResult> => run('explain', ...argv);
const certificateOf = (client: string): string => join(folder, client, 'cert.pem');
const tokenFor = (client: string, credential = client): Promise<CommandResult> =>
  run('token', '--client-id', client, '--credential', join(folder, credential), '--scope', 'payments:write');

function assertOneLine(result: CommandResult, status: number, expected: RegExp): void {
  assert.equal(result.status, status, result.stdout);
  assert.match(result.stderr, expected);
  assert.match(result.stderr, /^mortise: [^\n]+\n$/);
  assert.equal(result.stdout, '');
}

test('refusals are told newest first, with the exact reason and what to do', async () => {
  assert.equal((await tokenFor('billing', 'shipping')).status, 1);
  await run('token', '--client-id', 'billing', '--credential', join(folder, 'billing'), '--scope', 'other');
  const { status, stdout } = await explain('--client', 'billing');
  assert.equal(status, 0);
  const [newest, older] = stdout.split('\n\n');
  assert.match(
    newest!,
    /^400 scope_not_granted, .*\n {2}asked +the token endpoint on mtls, from 127\.0\.0\.1\n/,
  );
  assert.match(newest!, /why +The scope other is not granted by the client; granted: payments:write\.$/);
  assert.match(older!, /^401 certificate_of_another_client, .*\n(.*\n)* {2}certificate +x5t#S256 /);
  assert.match(
    older!,
    /why +The certificate is registered as a credential of the client shipping\.\n {2}what to do /,
  );
  const { items } = (await explain('--client', 'billing', '--json')).json() as {
    items: Record<string, unknown>[];
  };
  assert.deepEqual(
    items.map(({ reason }) => (reason as { code: string }).code),
    ['scope_not_granted', 'certificate_of_another_client'],
  );
});

test('nobody is a name, too, and one that is misspelt is told', async () => {
  assert.match(
    (await explain()).stdout,
    /^This server process has refused nothing that named no client since/,
  );
  assert.match((await explain('--client', 'shipping')).stdout, /refused nothing in the name of shipping/);
  assertOneLine(await explain('--client', 'biling'), 1, /client_unknown.*biling/);
  await run('token', '--client-id', 'ghost', '--credential', join(folder, 'billing'), '--scope', 'a');
  assert.match((await explain('--client', 'ghost')).stdout, /401 client_unknown/);
});

test('a right certificate and its token pass every check', async () => {
  const token = join(folder, 'token');
  const { stdout: secret } = await tokenFor('billing');
  writeFileSync(token, secret);
  const { status, stdout } = await explain(
    ...[
      '--client',
      'billing',
      '--certificate',
      certificateOf('billing'),
      '--token',
      token,
      '--resource',
      payments,
    ],
  );
  assert.equal(status, 0, stdout);
  assert.doesNotMatch(stdout, /✗/);
  assert.match(
    stdout,
    /✓ path +A path leads to an anchor of the client\.\n +anchors +CN=Mortise Intermediate CA/,
  );
  assert.match(stdout, /expected +san_uri https:\/\/localhost:\d+\/clients\/billing\n/);
  assert.match(
    stdout,
    /→ Accepted: the certificate proves that the client is billing\. Tokens get cnf \{"x5t#S256":"/,
  );
  assert.match(stdout, /→ The token would be accepted/);
  assert.equal(stdout.includes(secret.trim()), false);
  const asJson = await explain(
    ...['--client', 'billing', '--certificate', certificateOf('billing'), '--token', token, '--json'],
  );
  const { certificate, token: shown } = asJson.json() as Record<string, { accepted: boolean }>;
  assert.deepEqual([certificate!.accepted, shown!.accepted], [true, true]);
  assert.equal(asJson.stdout.includes(secret.trim()), false);
});

test('a stolen token and the certificate of another client are refused, and the owner is named', async () => {
  const token = join(folder, 'stolen');
  const { stdout: text } = await tokenFor('billing');
  writeFileSync(token, JSON.stringify({ access_token: text.trim(), token_type: 'Bearer' }));
  const { status, stdout } = await explain(
    ...['--client', 'billing', '--certificate', certificateOf('shipping'), '--token', token],
  );
  assert.equal(status, 1);
  assert.match(stdout, /✗ matcher(.*\n)+ +expected +san_uri (.*\n)+ +presented +subject CN=shipping\n/);
  assert.match(stdout, /named_as_client +shipping\n/);
  assert.match(stdout, /✗ registration .*another client\.\n(.*\n)* +client_id +shipping\n/);
  assert.match(stdout, /✗ binding +It is bound to another certificate\./);
  assert.match(stdout, /→ Refused as certificate_of_another_client: /);
  assert.match(stdout, /→ The token would be refused: binding\.\n$/);
});

test('after client revoke, the client, the denylist and the token say so', async () => {
  const token = join(folder, 'dead');
  writeFileSync(token, (await tokenFor('shipping')).stdout);
  await run('client', 'revoke', 'shipping');
  const { status, stdout } = await explain(
    ...['--client', 'shipping', '--certificate', certificateOf('shipping'), '--token', token],
  );
  assert.equal(status, 1);
  assert.match(stdout, /✗ client +The client is revoked\./);
  assert.match(stdout, /✗ denylist +The denylist holds the client\.\n +kind +client\n +id +shipping\n/);
  assert.match(stdout, /→ Refused as client_inactive: /);
});

test('a certificate of a stranger shows which anchors count, and why none is reached', async () => {
  const { status, stdout } = await explain('--client', 'billing', '--certificate', strangersCertificate());
  assert.equal(status, 1);
  assert.match(stdout, /✗ path +No path leads to one of the client's anchors\.\n +anchors +CN=Mortise/);
  assert.match(stdout, /failures +.*no_path: .*\(RFC 5280 §6\.1\)/);
  assert.match(stdout, /→ Refused as certificate_/);
});

/** One of the key stores of another package's tests: self-made roots that nobody here trusts. */
function strangersCertificate(): string {
  const url = new URL('../../../../x509/src/key-stores/testing/test-stores.json', import.meta.url);
  const stores = JSON.parse(readFileSync(url, 'utf8')) as Record<string, { base64: string }>;
  const file = join(folder, 'stranger.p7b');
  writeFileSync(file, Buffer.from(stores['bundle.p7b']!.base64, 'base64'));
  return file;
}

test('wrong use ends with 2 and one clear line', async () => {
  const empty = join(folder, 'empty');
  writeFileSync(empty, '');
  const cases: [string[], RegExp][] = [
    [['--certificate', certificateOf('billing')], /--client is missing/],
    [['--client', 'billing', '--resource', payments], /--resource goes with --token/],
    [
      ['--client', 'billing', '--certificate', join(folder, 'none')],
      /none cannot be read: there is no such file/,
    ],
    [['--client', 'billing', '--certificate', join(folder, 'billing', 'key.pem')], /there is: PRIVATE KEY/],
    [['--client', 'billing', '--token', empty], /empty holds no access token/],
    [['billing'], /too many arguments/],
  ];
  for (const [argv, expected] of cases) assertOneLine(await explain(...argv), 2, expected);
});

test('the route refuses what it cannot read, by a stable code', async () => {
  const api = new AdminApi(findTarget({ data: server.data }, {}), 'mortise:read');
  const certificate = readFileSync(certificateOf('billing'), 'utf8');
  const cases: [string, object, string][] = [
    ['billing', {}, 'request_invalid'],
    ['billing', { certificate: 'none' }, 'certificate_invalid'],
    ['billing', { certificate, secret: 'x' }, 'request_invalid'],
    ['billing', { token: 'x'.repeat(20_000) }, 'request_invalid'],
    ['nobody', { certificate }, 'client_unknown'],
  ];
  for (const [client, body, code] of cases) {
    await assert.rejects(api.post(`/clients/${client}/explain`, body), { status: 1, code }, code);
  }
  await api.close();
});
