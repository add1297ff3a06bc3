import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { missing } from '../../../packages/server/src/acme/testing/installed.ts';
import { runProgram } from '../../../packages/server/src/acme/testing/run-program.ts';
import { dnsHook, dnsNames, openSite, readChain } from './testing/acme-site.ts';
import { enrol } from './testing/enrolment.ts';

const skip = missing('certbot', 'pebble-challtestsrv', 'curl');
const site = await openSite(skip);

for (const [challenge, names, flags] of [
  [
    'http-01',
    ['certbot.example', 'www.certbot.example'],
    () => ['--standalone', '--http-01-port', String(site.ports.http), '--http-01-address', '127.0.0.1'],
  ],
  [
    'dns-01',
    ['*.certbot.example', 'certbot.example'],
    () => [
      ...['--manual', '--preferred-challenges', 'dns', '--manual-auth-hook', `${dnsHook} certbot-auth`],
      ...['--manual-cleanup-hook', `${dnsHook} certbot-cleanup`],
    ],
  ],
] as const) {
  test(`certbot issues by ${challenge}, renews and revokes`, { skip }, async () => {
    const cwd = site.place(`certbot-${challenge}`);
    const environment = { REQUESTS_CA_BUNDLE: site.caFile, ...site.hookEnvironment };
    const where = ['config', 'work', 'logs'].flatMap((kind) => [`--${kind}-dir`, join(cwd, kind)]);
    const common = [...where, '--non-interactive', '--server', site.directory];
    const run = (...argv: string[]) => runProgram('certbot', argv, { cwd, environment });
    const account = ['--agree-tos', '--register-unsafely-without-email'];
    const wanted = ['--cert-name', 'it', ...names.flatMap((name) => ['-d', name])];
    await run('certonly', ...common, ...flags(), ...account, ...wanted);
    const live = join(cwd, 'config', 'live', 'it');
    const [first] = readChain(join(live, 'fullchain.pem'));
    assert.deepEqual(dnsNames(first!), names);
    await run('renew', ...common, '--force-renewal', '--no-random-sleep-on-renew');
    const [second] = readChain(join(live, 'fullchain.pem'));
    assert.notEqual(second!.fingerprint256, first!.fingerprint256);
    const reason = ['--reason', 'superseded', '--no-delete-after-revoke'];
    await run('revoke', ...common, '--cert-path', join(live, 'cert.pem'), ...reason);
    await site.isOnRecord(first!, { revoked: false });
    await site.isOnRecord(second!, { revoked: true });
    await run('unregister', ...common);
  });
}

test('certbot follows the command line of an enrolment, and renews', { skip }, () => {
  // Only where certbot keeps its files is another here: it would be /etc.
  const own = '--config-dir etc --work-dir lib --logs-dir log';
  const renewal = 'certbot renew --force-renewal --no-random-sleep-on-renew';
  return enrol('certbot', site, {
    chainAt: (identifier) => join('etc', 'live', identifier, 'fullchain.pem'),
    issue: (line) => `${line} ${own}`,
    renew: () => `REQUESTS_CA_BUNDLE=ca.pem ${renewal} ${own}`,
  });
});
