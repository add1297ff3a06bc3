import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { missing } from '../../../packages/server/src/acme/testing/installed.ts';
import { runProgram } from '../../../packages/server/src/acme/testing/run-program.ts';
import { dnsHook, dnsNames, openSite, readChain } from './testing/acme-site.ts';
import { enrol } from './testing/enrolment.ts';

const skip = missing('lego', 'pebble-challtestsrv', 'curl');
const site = await openSite(skip);

for (const [challenge, names, flags] of [
  [
    'http-01',
    ['lego.example', 'www.lego.example'],
    () => ['--http', '--http.port', `127.0.0.1:${site.ports.http}`],
  ],
  ['tls-alpn-01', ['tls.lego.example'], () => ['--tls', '--tls.port', `127.0.0.1:${site.ports.tls}`]],
  [
    'dns-01',
    ['*.lego.example', 'lego.example'],
    () => ['--dns', 'exec', '--dns.disable-cp', '--dns.resolvers', site.dns.address],
  ],
] as const) {
  test(`lego issues by ${challenge}, renews and revokes`, { skip }, async () => {
    const cwd = site.place(`lego-${challenge}`);
    const account = ['--accept-tos', '--email', 'a@example.com', '--server', site.directory, '--path', cwd];
    const wanted = names.flatMap((name) => ['--domains', name]);
    const environment = {
      LEGO_CA_CERTIFICATES: site.caFile,
      EXEC_PATH: dnsHook,
      EXEC_POLLING_INTERVAL: '1',
      EXEC_PROPAGATION_TIMEOUT: '5',
      EXEC_SEQUENCE_INTERVAL: '1',
      ...site.hookEnvironment,
    };
    const run = (...argv: string[]) =>
      runProgram('lego', [...account, ...flags(), ...argv], { cwd, environment });
    const file = join(cwd, 'certificates', `${names[0].replace('*', '_')}.crt`);
    await run(...wanted, 'run');
    const [first] = readChain(file);
    assert.deepEqual(dnsNames(first!), names);
    await run(...wanted, 'renew', '--days', '10000', '--no-random-sleep');
    const [second] = readChain(file);
    assert.notEqual(second!.fingerprint256, first!.fingerprint256);
    // By the name of its file alone: it takes each name for a file of its own.
    await run('--domains', names[0], 'revoke', '--reason', '4');
    await site.isOnRecord(first!, { revoked: false });
    await site.isOnRecord(second!, { revoked: true });
  });
}

test('lego follows the command line of an enrolment, and renews', { skip }, () =>
  enrol('lego', site, {
    chainAt: (identifier) => join('.lego', 'certificates', `${identifier}.crt`),
    issue: (line) => line,
    renew: (line) => line.replace(/ run$/, ' renew --days 10000 --no-random-sleep'),
  }),
);
