import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Certificate } from '@mortise/x509';
import { missing } from '../../../packages/server/src/acme/testing/installed.ts';
import { runProgram } from '../../../packages/server/src/acme/testing/run-program.ts';
import { dnsHook, dnsNames, openSite, readChain } from './testing/acme-site.ts';
import { serveAlpnCertificates } from './testing/alpn-responder.ts';
import { areCredentials, enrolment } from './testing/enrolment.ts';

const skip = missing('dehydrated', 'pebble-challtestsrv', 'curl');
const site = await openSite(skip, { webroot: true });

for (const [challenge, names] of [
  ['http-01', ['dehydrated.example', 'www.dehydrated.example']],
  ['dns-01', ['*.dehydrated.example', 'dehydrated.example']],
  ['tls-alpn-01', ['tls.dehydrated.example']],
] as const) {
  test(`dehydrated issues by ${challenge}, renews and revokes`, { skip }, async () => {
    const cwd = site.place(`dehydrated-${challenge}`);
    const alpn = join(cwd, 'alpn');
    mkdirSync(alpn);
    if (challenge === 'tls-alpn-01') await serveAlpnCertificates(alpn, site.ports.tls);
    writeFileSync(
      join(cwd, 'config'),
      [
        `CA="${site.directory}"`,
        `BASEDIR="${cwd}"`,
        `WELLKNOWN="${site.webroot}"`,
        `ALPNCERTDIR="${alpn}"`,
        `CURL_OPTS="--cacert ${site.caFile}"`,
        'KEY_ALGO=prime256v1',
        ...(challenge === 'dns-01' ? [`HOOK="${dnsHook}"`] : []),
        '',
      ].join('\n'),
    );
    const run = (...argv: string[]) => {
      const environment = site.hookEnvironment;
      return runProgram('dehydrated', [...argv, '--config', join(cwd, 'config')], { cwd, environment });
    };
    await run('--register', '--accept-terms');
    const wanted = ['--alias', 'it', '--domain', names.join(' '), '--challenge', challenge];
    await run('--cron', ...wanted);
    const file = join(cwd, 'certs', 'it', 'cert.pem');
    const [first] = readChain(file);
    assert.deepEqual(dnsNames(first!), names);
    await run('--cron', '--force', ...wanted);
    const [second] = readChain(file);
    assert.notEqual(second!.fingerprint256, first!.fingerprint256);
    await run('--revoke', file);
    await site.isOnRecord(first!, { revoked: false });
    await site.isOnRecord(second!, { revoked: true });
    await run('--account');
    await run('--deactivate');
  });
}

test('dehydrated binds its account to a client, issues and renews', { skip }, async () => {
  const cwd = site.place('dehydrated-client');
  const made = await enrolment(site, 'by-dehydrated');
  writeFileSync(
    join(cwd, 'config'),
    [
      `CA="${made.directory}"`,
      `BASEDIR="${cwd}"`,
      `WELLKNOWN="${site.webroot}"`,
      `CURL_OPTS="--cacert ${site.caFile}"`,
      'KEY_ALGO=prime256v1',
      `EAB_KID="${made.eab_kid}"`,
      `EAB_HMAC_KEY="${made.eab_hmac_key}"`,
      '',
    ].join('\n'),
  );
  const run = (...argv: string[]) =>
    runProgram('dehydrated', [...argv, '--config', join(cwd, 'config')], { cwd });
  await run('--register', '--accept-terms');
  const certificates: Certificate[] = [];
  for (const force of [[], ['--force']]) {
    await run('--cron', ...force, '--domain', made.identifier);
    certificates.push(readChain(join(cwd, 'certs', made.identifier, 'cert.pem'))[0]!);
  }
  await areCredentials(site, made, certificates);
});
