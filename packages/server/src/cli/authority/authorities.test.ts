import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parsePem } from '@mortise/x509';
import { startTestServer, type TestServer } from '../../start/testing/running-server.ts';
import { runCommand } from '../testing/run-command.ts';

let server: TestServer;
let folder: string;
const passphrase = { MORTISE_ROOT_PASSPHRASE: 'correct horse battery' };

before(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), 'mortise-authorities-'));
});

after(async () => {
  await server.discard();
  rmSync(folder, { recursive: true, force: true });
});

const run = (argv: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  runCommand([...argv, '--data', server.data], environment);

async function done(argv: readonly string[], environment?: Readonly<Record<string, string>>) {
  const result = await run(argv, environment);
  assert.equal(result.status, 0, result.stderr);
  return result;
}

test('a profile is made, shown, listed, changed and used', async () => {
  const made = await done([
    ...['profile', 'create', 'web', '--based-on', 'server', '--name-pattern', 'dns:*.svc.example.com'],
    ...['--key-type', 'ec-p256', '--default-lifetime-seconds', '86400', '--json'],
  ]);
  assert.equal(made.json()['default_lifetime_seconds'], 86_400);
  assert.equal(made.json()['acme_directory'], `${server.issuer}/acme/web/directory`);
  await done(['profile', 'update', 'web', '--acme', 'false', '--reset', 'key_types']);
  const shown = (await done(['profile', 'show', 'web'])).stdout;
  assert.match(shown, /default_lifetime_seconds +86400 \(1 d\)/);
  assert.match(shown, /acme +false/);
  assert.match((await done(['profile', 'list'])).stdout, /web +request +none +serverAuth +1 d/);
  const out = join(folder, 'web');
  const issue = ['certificate', 'issue', '--profile', 'web', '--out', out, '--json'];
  const issued = await done([...issue, '--name', 'api.svc.example.com', '--key-type', 'rsa-2048']);
  assert.equal(issued.json()['profile'], 'web');
  const refused = await run([...issue, '--name', 'api.example.com', '--force']);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /name_not_allowed/);
});

test('what is wrong with a profile is told in one line', async () => {
  for (const [argv, told] of [
    [['profile', 'create', 'x', '--based-on', 'web'], /profile_invalid.*client, server/],
    [['profile', 'update', 'server', '--key-type', 'dsa'], /profile_invalid.*ec-p256/],
    [['profile', 'update', 'server', '--acme', 'perhaps'], /true or false/],
    [['profile', 'update', 'server'], /at least one member/],
    [['profile', 'update', 'server', '--extension', 'x'], /OID:BASE64/],
    [['profile', 'show', 'nothing'], /profile_unknown/],
  ] as const) {
    const { status, stderr } = await run(argv);
    assert.ok(status > 0, argv.join(' '));
    assert.match(stderr, told);
    assert.equal(stderr.trimEnd().split('\n').length, 1);
  }
});

test('an authority whose root is kept offline: made, signed away from the server, imported, used and revoked by its name', async () => {
  const out = join(folder, 'partners');
  const made = await done(
    [
      'authority',
      'create',
      'partners',
      '--offline-root',
      '--out',
      out,
      '--permitted-name',
      'dns:example.com',
      '--json',
    ],
    passphrase,
  );
  const { request } = made.json() as { request: { request_id: string } };
  const key = join(out, 'root-key.pem');
  assert.equal(statSync(key).mode & 0o777, 0o600);
  assert.equal(parsePem(readFileSync(key), ['ENCRYPTED PRIVATE KEY']).length, 1);
  const csr = join(out, `${request.request_id}.csr`);
  const again = join(folder, 'requests');
  assert.match(
    (await done(['authority', 'requests', '--out', again])).stdout,
    new RegExp(request.request_id),
  );
  assert.equal(readFileSync(join(again, `${request.request_id}.csr`), 'utf8'), readFileSync(csr, 'utf8'));

  const signed = join(out, 'intermediate.pem');
  const sign = ['authority', 'sign', '--root', join(out, 'root.pem'), '--root-key', key, '--request', csr];
  const wrong = await runCommand([...sign, '--out', signed], {
    MORTISE_ROOT_PASSPHRASE: 'another passphrase',
  });
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /the passphrase is another/);
  assert.ok(!existsSync(signed));
  const mistaken = await runCommand([...sign.slice(0, -1), key, '--out', signed]);
  assert.equal(mistaken.status, 2);
  assert.match(mistaken.stderr, /--request: .*root-key\.pem holds no certificate request \(PKCS #10, PEM\)/);
  const file = join(folder, 'passphrase');
  writeFileSync(file, `${passphrase.MORTISE_ROOT_PASSPHRASE}\n`);
  const right = await runCommand([...sign, '--out', signed, '--passphrase-file', file]);
  assert.equal(right.status, 0, right.stderr);
  assert.match(right.stdout, /permitted names +dns:example\.com/);

  await done(['authority', 'import', '--certificate', signed]);
  assert.match((await done(['authority', 'show'])).stdout, /partners +root +offline/);
  const issued = await done([
    ...['certificate', 'issue', '--profile', 'server', '--authority', 'partners', '--name', 'a.example.com'],
    ...['--out', join(folder, 'issued'), '--json'],
  ]);
  assert.equal(issued.json()['authority_id'], request.request_id);
  const more = await done(['authority', 'create', 'partners', '--json']);
  const { request_id: unwanted } = (more.json() as { request: { request_id: string } }).request;
  await done(['authority', 'cancel', unwanted]);
  assert.match((await run(['authority', 'cancel', unwanted])).stderr, /request_unknown/);
  assert.match((await done(['authority', 'requests'])).stdout, /No requests/);
  const crlRequest = join(out, 'crl-request.json');
  const crl = join(out, 'root.crl');
  const signCrl = ['authority', 'sign-crl', '--root', join(out, 'root.pem'), '--root-key', key];
  const publish = async () => {
    await done(['authority', 'crl-request', 'partners', '--out', crlRequest]);
    const files = ['--request', crlRequest, '--out', crl, '--passphrase-file', file];
    const by = await runCommand([...signCrl, ...files, '--lifetime-seconds', '86400']);
    assert.equal(by.status, 0, by.stderr);
    await done(['authority', 'import-crl', '--crl', crl]);
    return by.stdout;
  };
  assert.match((await done(['authority', 'crls'])).stdout, /partners +none +0/);
  assert.match(await publish(), /revoked +nothing/);
  assert.match((await done(['authority', 'crls'])).stdout, /partners +current +0 +\d+ +in /);
  const older = await run(['authority', 'import-crl', '--crl', crl]);
  assert.match(older.stderr, /crl_outdated/);
  assert.match((await run(['authority', 'import-crl', '--crl', key])).stderr, /holds no CRL/);
  const online = await run(['authority', 'crl-request', 'main', '--out', crlRequest]);
  assert.match(online.stderr, /root_not_offline/);
  const hold = await run(['authority', 'revoke', 'partners', '--revocation-reason', 'certificateHold']);
  assert.match(hold.stderr, /revocation_reason is one of unspecified, keyCompromise/);
  await done(['authority', 'revoke', 'partners', '--revocation-reason', 'keyCompromise']);
  assert.match((await done(['authority', 'crls'])).stdout, /partners +incomplete +1/);
  assert.match(await publish(), /revoked +[0-9a-f]+ keyCompromise CN=Mortise partners Intermediate CA/);
  const [published] = (await done(['authority', 'crls', '--json'])).json() as unknown as { state: string }[];
  assert.equal(published?.state, 'current');
  const fingerprint = String(issued.json()['fingerprint256']);
  assert.match((await done(['certificate', 'show', fingerprint])).stdout, /state +revoked/);
});

test('a root is not made over another, nor kept where the server refuses it, nor under a short passphrase', async () => {
  const out = join(folder, 'refused');
  const create = ['authority', 'create', 'main', '--offline-root', '--out', out];
  assert.match((await run(create)).stderr, /passphrase/);
  const short = await run(create, { MORTISE_ROOT_PASSPHRASE: 'short' });
  assert.match(short.stderr, /at least 12 characters/);
  const refused = await run(create, passphrase);
  assert.match(refused.stderr, /authority_exists/);
  assert.ok(!existsSync(out));
  const nested = ['authority', 'create', 'new', '--offline-root', '--out', join(out, 'a', 'b')];
  const asking = await run([...nested, '--permitted-name', 'nonsense'], passphrase);
  assert.match(asking.stderr, /name_not_allowed|names_invalid|profile_invalid/);
  assert.doesNotMatch((await done(['authority', 'show'])).stdout, / new /);
  assert.ok(!existsSync(out));
  const nowhere = await runCommand([...nested, '--data', join(folder, 'none')], passphrase);
  assert.ok(nowhere.status > 0);
  assert.ok(!existsSync(out));
  mkdirSync(out);
  writeFileSync(join(out, 'root.pem'), 'mine');
  assert.match((await run(create, passphrase)).stderr, /is there already/);
  assert.equal(readFileSync(join(out, 'root.pem'), 'utf8'), 'mine');
});

test('rules are shown and changed, and an authority from elsewhere is imported with its key', async () => {
  await done([
    'client',
    'create',
    'billing',
    '--scope',
    'mortise:read',
    '--resource',
    `${server.mtls}/admin/v1`,
  ]);
  await done(['authority', 'create', 'mesh', '--client', 'billing']);
  assert.match((await done(['authority', 'rules'])).stdout, /mesh +all +billing/);
  await done(['authority', 'limit', 'mesh', '--profile', 'client', '--any-client']);
  assert.match((await done(['authority', 'rules'])).stdout, /mesh +client +all/);
  const refused = await run(['authority', 'limit', 'mesh', '--client', 'nobody']);
  assert.match(refused.stderr, /client_unknown/);

  const { makeOfflineRoot } = await import('../../authority/index.ts');
  const root = await makeOfflineRoot({ name: 'corporate', keyType: 'ec-p256', now: Date.now() });
  const certificate = join(folder, 'corporate.pem');
  const key = join(folder, 'corporate-key.pem');
  writeFileSync(certificate, root.certificate.toPem());
  writeFileSync(key, root.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const argv = ['authority', 'import', 'corporate', '--certificate', certificate];
  assert.equal((await run(argv)).status, 2);
  const imported = await done([...argv, '--key', key, '--json']);
  assert.equal(imported.json()['name'], 'corporate');
  const another = await run(['authority', 'import', 'again', '--certificate', certificate, '--key', key]);
  assert.match(another.stderr, /authority_exists/);
});
