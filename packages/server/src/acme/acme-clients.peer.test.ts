import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Certificate } from '@mortise/x509';
import { runCommand } from '../cli/testing/run-command.ts';
import { listening, openAcme } from './testing/open-acme.ts';
import { runProgram } from './testing/run-program.ts';

const freePort = async (): Promise<number> => {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
};
const ports = { http: await freePort(), tls: await freePort() };
const house = await openAcme({ acmeHttpPort: ports.http, acmeTlsPort: ports.tls });
const { issuer, ca, data } = house.server;
const folder = mkdtempSync(join(tmpdir(), 'mortise-acme-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const caFile = join(folder, 'ca.pem');
writeFileSync(caFile, ca);

const place = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
};
const read = (path: string): Certificate[] => Certificate.parseAll(readFileSync(path, 'utf8'));

const isRevoked = async (certificate: Certificate): Promise<boolean> => {
  const shown = await runCommand([
    'certificate',
    'show',
    certificate.fingerprint256,
    '--data',
    data,
    '--json',
  ]);
  return 'revoked_at' in shown.json();
};

test('certbot issues by http-01, renews and revokes', async () => {
  const cwd = place('certbot');
  const environment = { REQUESTS_CA_BUNDLE: caFile };
  const where = [
    '--config-dir',
    join(cwd, 'etc'),
    '--work-dir',
    join(cwd, 'lib'),
    '--logs-dir',
    join(cwd, 'log'),
  ];
  const common = [...where, '--non-interactive', '--server', `${issuer}/acme/server/directory`];
  const standalone = ['--standalone', '--http-01-port', String(ports.http), '--http-01-address', '127.0.0.1'];
  const account = ['--agree-tos', '--register-unsafely-without-email'];
  const run = (...argv: string[]) => runProgram('certbot', argv, { cwd, environment });
  await run('certonly', ...common, ...standalone, ...account, '-d', 'localhost');
  const live = join(cwd, 'etc', 'live', 'localhost');
  const first = read(join(live, 'fullchain.pem'));
  assert.deepEqual(first[0]!.subjectAltName, [{ type: 'dns', value: 'localhost' }]);
  await run('renew', ...common, '--force-renewal', '--no-random-sleep-on-renew');
  const second = read(join(live, 'fullchain.pem'));
  assert.notEqual(second[0]!.fingerprint256, first[0]!.fingerprint256);
  await run(
    'revoke',
    ...common,
    '--cert-path',
    join(live, 'cert.pem'),
    '--reason',
    'superseded',
    '--no-delete-after-revoke',
  );
  assert.equal(await isRevoked(second[0]!), true);
  assert.equal(await isRevoked(first[0]!), false);
});

for (const [challenge, flags] of [
  ['http-01', ['--http', '--http.port', `127.0.0.1:${ports.http}`]],
  ['tls-alpn-01', ['--tls', '--tls.port', `127.0.0.1:${ports.tls}`]],
] as const) {
  test(`lego issues by ${challenge}, renews and revokes`, async () => {
    const cwd = place(`lego-${challenge}`);
    const server = `${issuer}/acme/server/directory`;
    const common = ['--accept-tos', '--email', 'a@example.com', '--server', server, '--path', cwd, ...flags];
    const environment = { LEGO_CA_CERTIFICATES: caFile };
    const run = (...argv: string[]) =>
      runProgram('lego', [...common, '--domains', 'localhost', ...argv], { cwd, environment });
    const file = join(cwd, 'certificates', 'localhost.crt');
    await run('run');
    const first = read(file);
    await run('renew', '--days', '10000', '--no-random-sleep');
    const second = read(file);
    assert.notEqual(second[0]!.fingerprint256, first[0]!.fingerprint256);
    await run('revoke');
    assert.equal(await isRevoked(second[0]!), true);
  });
}

for (const name of ['certbot', 'lego'] as const) {
  test(`the command line for ${name} that an enrolment answers with works as it stands`, async () => {
    const cwd = place(`${name}-enrolment`);
    writeFileSync(join(cwd, 'ca.pem'), ca);
    const created = await runCommand([
      ...['client', 'create', `by-${name}`, '--token-endpoint-auth-method', 'tls_client_auth', '--enrol'],
      ...['--data', data, '--json'],
    ]);
    const { commands } = created.json()['enrolment'] as { commands: Record<string, string> };
    const line = commands[name]!;
    // Only where certbot keeps its files is another here: it would be /etc.
    const own = name === 'certbot' ? ' --config-dir etc --work-dir lib --logs-dir log' : '';
    await runProgram('sh', ['-c', line + own], { cwd });
    const identifier = `by-${name}.clients.localhost`;
    const path =
      name === 'certbot'
        ? join(cwd, 'etc', 'live', identifier, 'fullchain.pem')
        : join(cwd, '.lego', 'certificates', `${identifier}.crt`);
    const [leaf] = read(path);
    assert.deepEqual(leaf!.subjectAltName, [
      { type: 'dns', value: identifier },
      { type: 'uri', value: `${issuer}/clients/by-${name}` },
    ]);
    const shown = await runCommand(['client', 'show', `by-${name}`, '--data', data, '--json']);
    const credentials = shown.json()['credentials'] as { fingerprint256: string }[];
    assert.equal(credentials[0]?.fingerprint256, leaf!.fingerprint256);
  });
}
