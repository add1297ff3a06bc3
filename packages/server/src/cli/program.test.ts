import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '../start/testing/running-server.ts';
import { type CommandResult, runCommand } from './testing/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'mortise-cli-'));
const nowhere = join(folder, 'nothing-here');
const resource = 'https://orders.example';
let server: TestServer;

before(async () => {
  server = await startTestServer();
});
after(async () => {
  await server.discard();
  rmSync(folder, { recursive: true });
});

const run = (...argv: string[]): Promise<CommandResult> => runCommand([...argv, '--data', server.data]);

function assertOneLine(result: CommandResult, status: number, expected: RegExp): void {
  assert.equal(result.status, status, result.stderr);
  assert.match(result.stderr, expected);
  assert.match(result.stderr, /^mortise: [^\n]+\n$/);
  assert.equal(result.stdout, '');
}

test('wrong use ends with status 2 and one line', async () => {
  const cases: [string[], RegExp][] = [
    [['clint'], /unknown command 'clint'.*client/],
    [['client'], /name a command: create, .*, revoke/],
    [['client', 'crate'], /unknown command 'crate'.*create/],
    [['client', 'show'], /missing required argument 'client-id'/],
    [['client', 'show', 'a', 'b'], /too many arguments/],
    [['client', 'list', '--jsn'], /unknown option '--jsn'/],
    [['client', 'create', 'x', '--access-token-lifetime-seconds', 'ten'], /must be a whole number/],
    [['client', 'list', '--data', nowhere], /is not a data directory with a server/],
    [['client', 'list', '--server', 'https://localhost:1'], /--server needs --ca-fingerprint/],
    [['client', 'list', '--server', 'http://localhost:1', '--ca-fingerprint', '00'], /must be an https URL/],
    [['serve', '--listen-public', '8443'], /--listen-public must be HOST:PORT/],
    [['serve', '--config', join(folder, 'none.yaml')], /none\.yaml: cannot be read/],
    [['token', '--client-id', 'x', '--data', server.data], /say how the client proves itself/],
    [['serve', '--fetch-ca-file', join(folder, 'none.pem')], /--fetch-ca-file: .*none\.pem cannot be read/],
    [['backup', join(folder, 'b'), '--data', nowhere], /holds no database/],
    [['audit', 'verify', '--data', nowhere], /holds no database/],
    [['completion', 'tcsh'], /bash, zsh, fish/],
    [['key', 'rotate', '--algorithm', 'XX'], /Allowed choices are ES256, EdDSA, RS256, PS256/],
  ];
  for (const [argv, expected] of cases) assertOneLine(await runCommand(argv), 2, expected);
});

test('a refusal says what to do where that is clear', async () => {
  const create = (...flags: string[]): Promise<CommandResult> => run('client', 'create', 'early', ...flags);
  assertOneLine(
    await create('--scope', 'x', '--resource', 'https://not-yet.example'),
    1,
    /there is no resource https:\/\/not-yet\.example; register it first: mortise resource create/,
  );
  assertOneLine(await create('--scope', 'not:yet'), 1, /is offered by no resource; "mortise resource list"/);
  assertOneLine(await run('client', 'show', 'early'), 1, /there is no client early; "mortise client list"/);
});

test('an id that is not there is named in one form, whichever command is refused', async () => {
  for (const argv of [
    ['client', 'show', 'early bird'],
    ['client', 'enrol', 'early bird'],
    ['client', 'suspend', 'early bird'],
    ['client', 'update', 'early bird', '--scope', 'x'],
    ['secret', 'add', 'early bird'],
    ['explain', '--client', 'early bird'],
    ['certificate', 'issue', '--client', 'early bird', '--out', folder],
  ]) {
    assertOneLine(await run(...argv), 1, /\(client_unknown\): there is no client early bird(;|$)/m);
  }
  const resource = 'https://not-yet.example';
  assertOneLine(
    await run('resource', 'update', resource, '--scope', 'x'),
    1,
    /\(resource_unknown\): there is no resource https:\/\/not-yet\.example(;|$)/m,
  );
  assertOneLine(
    await run('profile', 'show', 'web'),
    1,
    /\(profile_unknown\): there is no profile web; there are client, /,
  );
});

test('a seal file without a seal is wrong use, not a changed log', async () => {
  const seals = join(folder, 'no-seals');
  for (const content of ['', 'not a seal\n']) {
    writeFileSync(seals, content);
    assertOneLine(await run('audit', 'verify', '--seal', seals), 2, /no-seals holds no seal/);
  }
});

test('serve --help says what each setting takes', async () => {
  const { stdout } = await runCommand(['serve', '--help']);
  assert.match(stdout, /--listen-public <host:port> /);
  assert.match(stdout, /--issuer <url> /);
  assert.match(stdout, /--access-token-lifetime-seconds <seconds>[^(]*\(10 to 86400; default: 600\)/);
  assert.doesNotMatch(stdout, /<value>/);
});

test('help is no failure, and nothing at all is one', async () => {
  const help = await runCommand(['client', 'create', '--help']);
  assert.equal(help.status, 0);
  assert.match(help.stdout, /--token-endpoint-auth-method/);
  assert.equal((await runCommand(['help', 'client', 'create'])).stdout, help.stdout);
  assert.equal((await runCommand([])).status, 2);
  assert.match((await runCommand(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('what the server refuses ends with status 1 and its stable code', async () => {
  assertOneLine(await run('client', 'show', 'nobody'), 1, /refused \(client_unknown\)/);
  assertOneLine(
    await run('client', 'create', 'bad', '--jwks-uri', 'http://x'),
    1,
    /refused \(metadata_invalid\).*jwks_uri/,
  );
  assertOneLine(await run('certificate', 'show', 'zz'), 1, /refused \(certificate_unknown\)/);
  assertOneLine(await run('key', 'revoke', 'none'), 1, /refused \(key_unknown\).*mortise key list/);
  assertOneLine(
    await run('certificate', 'revoke', 'a'.repeat(64), '--reason', 'compromised'),
    1,
    /refused \(revocation_reason_invalid\).* unspecified, keyCompromise, affiliationChanged,/,
  );
  assertOneLine(
    await run('certificate', 'issue', '--profile', 'server', '--name', 'a b', '--out', folder),
    1,
    /refused \(names_invalid\): "a b" is neither a DNS name nor an address/,
  );
  assertOneLine(
    await run('client', 'create', 'bad', '--tls-client-auth-san-ip', '1.2.3'),
    1,
    /refused \(metadata_invalid\): tls_client_auth_san_ip: "1.2.3" is not an IP address/,
  );
  assertOneLine(
    await run('client', 'update', 'admin', '--unset', 'resource'),
    1,
    /refused \(metadata_invalid\): resource: is not known/,
  );
  assertOneLine(
    await run('certificate', 'issue', '--client', 'nobody', '--out', folder),
    1,
    /refused \(client_unknown\)/,
  );
});

test('a server that does not answer ends with status 2 and what to do', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as { port: number };
  closed.close();
  const flags = [
    '--server',
    `https://localhost:${port}`,
    '--credential',
    join(server.data, 'admin'),
    '--ca',
    join(server.data, 'admin', 'ca.pem'),
  ];
  assertOneLine(await runCommand(['client', 'list', ...flags]), 2, /mortise serve/);
});

test('a life of a client from the command line, as JSON and as text', async () => {
  assert.equal((await run('resource', 'create', resource, '--scope', 'read write')).status, 0);
  const created = await run(
    'client',
    'create',
    'orders',
    '--scope',
    'read write',
    '--resource',
    resource,
    '--json',
  );
  assert.equal(created.status, 0, created.stderr);
  assert.match(String(created.json()['client_secret']), /^mrt_/);
  assert.equal(created.json()['scope'], 'read write');

  const listed = await run('client', 'list');
  assert.match(listed.stdout, /CLIENT {2}.*\n(.*\n)*orders +active +client_secret_basic/);
  const updated = await run(
    'client',
    'update',
    'orders',
    '--client-name',
    'Orders',
    '--scope',
    'read',
    '--json',
  );
  assert.equal(updated.json()['client_name'], 'Orders');
  assert.equal(
    (await run('client', 'update', 'orders', '--unset', 'client-name', '--json')).json()['client_name'],
    undefined,
  );

  const added = (await run('secret', 'add', 'orders', '--lifetime-seconds', '60', '--json')).json();
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, `${added['client_secret']}\n`);
  const ask = ['token', '--client-id', 'orders', '--secret-file', secretFile, '--scope', 'read'];
  const token = await run(...ask);
  assert.equal(token.status, 0, token.stderr);
  assert.match(token.stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  assert.equal((await run(...ask, '--json')).json()['token_type'], 'Bearer');

  const secrets = (await run('secret', 'list', 'orders', '--json')).stdout;
  assert.equal(secrets.includes(String(added['client_secret'])), false);
  assert.equal((await run('secret', 'revoke', 'orders', String(added['credential_id']))).status, 0);
  assertOneLine(await run(...ask), 1, /refused \(invalid_client\)/);

  for (const [act, status] of [
    ['suspend', 'suspended'],
    ['resume', 'active'],
    ['revoke', 'revoked'],
  ] as const) {
    assert.equal(
      (await run('client', act, 'orders', '--reason', 'a test', '--json')).json()['status'],
      status,
    );
  }
  assertOneLine(await run('client', 'resume', 'orders'), 1, /refused \(client_revoked\)/);
});

test('a certificate from a request keeps its key where it was made, and gets a bound token', async () => {
  await run('resource', 'create', 'https://stock.example', '--scope', 'stock');
  await run(
    ...['client', 'create', 'stock', '--token-endpoint-auth-method', 'tls_client_auth'],
    ...['--scope', 'stock', '--resource', 'https://stock.example'],
  );
  const out = join(folder, 'stock');
  const issued = await run('certificate', 'issue', '--client', 'stock', '--out', out, '--json');
  assert.equal(issued.status, 0, issued.stderr);
  assert.equal(issued.stdout.includes('PRIVATE KEY'), false);
  const token = await run('token', '--client-id', 'stock', '--credential', out, '--scope', 'stock');
  assert.equal(token.status, 0, token.stderr);
  const bundle = join(folder, 'stock.pem');
  writeFileSync(
    bundle,
    readFileSync(join(out, 'key.pem'), 'utf8') + readFileSync(join(out, 'cert.pem'), 'utf8'),
  );
  assert.equal(
    (await run('token', '--client-id', 'stock', '--credential', bundle, '--scope', 'stock')).status,
    0,
  );
  const key = readFileSync(join(out, 'key.pem'), 'utf8');
  assertOneLine(
    await run('certificate', 'issue', '--client', 'stock', '--out', out),
    2,
    /stock\/key\.pem is there already, and nothing was issued; name another folder with --out, or replace the key with --force/,
  );
  assert.equal(readFileSync(join(out, 'key.pem'), 'utf8'), key);
  const listed = (await run('certificate', 'list', '--client', 'stock', '--json')).stdout;
  assert.equal((JSON.parse(listed) as unknown[]).length, 1);
});

test('certificate issue replaces a key with --force alone, and makes no folder when it is refused', async () => {
  const out = join(folder, 'replaced');
  const issue = ['certificate', 'issue', '--profile', 'server', '--out', out, '--name'];
  assertOneLine(await run(...issue, 'a b'), 1, /names_invalid/);
  assert.equal(existsSync(out), false);
  assert.equal((await run(...issue, 'a.example.com')).status, 0);
  const key = readFileSync(join(out, 'key.pem'), 'utf8');
  assert.equal((await run(...issue, 'a.example.com', '--force')).status, 0);
  assert.notEqual(readFileSync(join(out, 'key.pem'), 'utf8'), key);
});

test('a file that is no certificate request is named, with what it should be', async () => {
  const out = join(folder, 'from-request');
  const file = join(folder, 'request.json');
  for (const content of [
    '{"csr":1}',
    '',
    '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
  ]) {
    writeFileSync(file, content);
    assertOneLine(
      await run('certificate', 'issue', '--profile', 'server', '--csr', file, '--out', out),
      2,
      /--csr: .*request\.json holds no certificate request \(PKCS #10, DER or PEM\)/,
    );
  }
  assert.equal(existsSync(out), false);
});

test('a server elsewhere is found by its issuer and the fingerprint of its root', async () => {
  const flags = ['--server', server.issuer, '--credential', join(server.data, 'admin')];
  const right = await runCommand([
    'client',
    'show',
    'admin',
    ...flags,
    '--ca-fingerprint',
    server.ca_fingerprints[0]!,
    '--json',
  ]);
  assert.equal(right.status, 0, right.stderr);
  assert.equal(right.json()['client_id'], 'admin');
  const wrong = await runCommand(['client', 'list', ...flags, '--ca-fingerprint', '0'.repeat(64)]);
  assertOneLine(wrong, 2, /no certificate with the fingerprint/);
});

test('keys, authorities, nodes and the audit log can be seen and changed', async () => {
  assert.match((await run('key', 'list')).stdout, /ES256 +current/);
  assert.match((await run('key', 'rotate')).stdout, /waiting/);
  assert.match((await run('authority', 'show')).stdout, /root[\s\S]*intermediate/);
  const made = await run('authority', 'create', 'spare', '--key-type', 'ed25519', '--json');
  assert.equal(made.status, 0, made.stderr);
  assert.equal(
    (
      await run(
        'authority',
        'revoke',
        String((made.json()['authority'] as { authority_id: string }).authority_id),
      )
    ).status,
    0,
  );
  assert.match((await run('node', 'list')).stdout, /No node/);
  assertOneLine(await run('node', 'remove', 'nobody'), 1, /node_unknown/);
  assert.match((await run('audit', 'list', '--limit', '5')).stdout, /SEQUENCE/);
});

test('a backup of a running server is restored elsewhere, and its audit log is whole', async () => {
  const file = join(folder, 'backup');
  assert.equal((await run('backup', file)).status, 0);
  const restored = join(folder, 'restored');
  assert.equal((await runCommand(['restore', file, '--data', restored])).status, 0);
  assertOneLine(
    await runCommand(['restore', file, '--data', restored]),
    2,
    /the database .*restored\/mortise\.db is not empty; a backup is restored into an empty database/,
  );
  const other = join(folder, 'not-a-backup');
  writeFileSync(other, 'this is something else');
  assertOneLine(
    await runCommand(['restore', other, '--data', join(folder, 'never')]),
    2,
    /not-a-backup is not a whole backup: it is a file of another kind/,
  );
  const audit = await runCommand(['audit', 'verify', '--data', restored, '--json']);
  assert.equal(audit.status, 0, audit.stderr);
  assert.equal(audit.json()['valid'], true);
  await assert.rejects(startTestServer({ data: restored }), { code: 'wrong_master_key' });
  const flags = { masterKeyFile: join(server.data, 'master.key') };
  const twin = await startTestServer({
    data: restored,
    flags: { ...flags, listenPublic: '127.0.0.3:0', listenMtls: '127.0.0.3:0', listenPki: '127.0.0.3:0' },
  });
  assert.equal(twin.issuer, server.issuer);
  assert.equal(twin.logged().includes('master key lies beside'), false);
  await twin.close();
});

test('the exact reason of a refusal is explained to whom may know it', async () => {
  const secretFile = join(folder, 'wrong-secret');
  writeFileSync(secretFile, 'mrt_wrong');
  await run('client', 'create', 'forgetful');
  assertOneLine(
    await run('token', '--client-id', 'forgetful', '--secret-file', secretFile),
    1,
    /invalid_client.*authentication failed/,
  );
  const explained = await run('explain', '--client', 'forgetful');
  assert.match(explained.stdout, /401 secret_wrong/);
  assert.match((await run('explain', '--client', 'admin')).stdout, /has refused nothing/);
  assertOneLine(await run('explain', '--client', 'nobody-at-all'), 1, /client_unknown/);
});

test('a certificate that was issued here is verified against the root that came with it', async () => {
  const certificate = join(server.data, 'admin', 'cert.pem');
  const anchor = ['--anchor', join(server.data, 'admin', 'ca.pem')];
  const right = await runCommand(['verify', certificate, ...anchor, '--purpose', 'clientAuth']);
  assert.equal(right.status, 0, right.stderr);
  const wrong = await runCommand(['verify', certificate, ...anchor, '--purpose', 'serverAuth']);
  assert.equal(wrong.status, 1);
  assert.match(wrong.stdout, /purpose_mismatch/);
  assert.equal((await runCommand(['verify', join(folder, 'none.pem'), ...anchor])).status, 2);
});
