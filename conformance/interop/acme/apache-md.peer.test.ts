import assert from 'node:assert/strict';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Certificate } from '@mortise/x509';
import { missing } from '../../../packages/server/src/acme/testing/installed.ts';
import { dnsHook, dnsNames, openSite } from './testing/acme-site.ts';
import { areCredentials, type Enrolment, enrolment } from './testing/enrolment.ts';
import { servedCertificate } from './testing/served-certificate.ts';
import { type Daemon, startDaemon } from './testing/start-daemon.ts';

const modules = '/usr/lib/apache2/modules';
const skip =
  missing('apache2', 'pebble-challtestsrv', 'curl') ||
  (existsSync(join(modules, 'mod_md.so')) ? false : 'not installed: mod_md');
const site = await openSite(skip);

interface Wanted {
  readonly host: string;
  readonly challenge: string;
  /** Binds its account to a client, at that client's directory. */
  readonly enrolment?: Enrolment;
}

function configuration({ host, challenge, enrolment: made }: Wanted, more: readonly string[]): string {
  const { http, tls } = site.ports;
  return [
    ...['mpm_event', 'authz_core', 'socache_shmcb', 'ssl', 'md'].map(
      (name) => `LoadModule ${name}_module ${join(modules, `mod_${name}.so`)}`,
    ),
    ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
    'DefaultRuntimeDir "."',
    'PidFile apache.pid',
    'ErrorLog error.log',
    'LogLevel notice md:notice',
    `ServerName ${host}`,
    `Listen 127.0.0.1:${http}`,
    `Listen 127.0.0.1:${tls}`,
    `Protocols http/1.1 ${challenge === 'tls-alpn-01' ? 'acme-tls/1' : ''}`,
    'MDStoreDir md',
    `MDPortMap http:${http} https:${tls}`,
    `MDCertificateAuthority ${made?.directory ?? site.directory}`,
    ...(made === undefined ? [] : [`MDExternalAccountBinding ${made.eab_kid} ${made.eab_hmac_key}`]),
    `MDCACertificateFile ${site.caFile}`,
    'MDCertificateAgreement accepted',
    'MDContactEmail admin@apache.example',
    'MDPrivateKeys secp256r1',
    `MDCAChallenges ${challenge}`,
    `MDChallengeDns01 ${dnsHook}`,
    `MDomain ${host} manual`,
    ...more,
    `<VirtualHost 127.0.0.1:${http}>`,
    `ServerName ${host}`,
    '</VirtualHost>',
    `<VirtualHost 127.0.0.1:${tls}>`,
    `ServerName ${host}`,
    'SSLEngine on',
    '</VirtualHost>',
    '',
  ].join('\n');
}

/** Waits until Apache has had so many certificates, which it shows after its next restart. */
async function obtained(apache: Daemon, count: number): Promise<void> {
  const told = /has been setup and changes will be activated/g;
  for (const end = Date.now() + 60_000; ; ) {
    if ([...apache.said().matchAll(told)].length >= count) return;
    if (apache.ended() || Date.now() > end) throw new Error(`no certificate was obtained:\n${apache.said()}`);
    await new Promise((resume) => setTimeout(resume, 100));
  }
}

/** Has Apache obtain a certificate and then another, and serve both; a client's certificate is valid for no server. */
async function issueAndRenew(t: TestContext, name: string, wanted: Wanted): Promise<Certificate[]> {
  const cwd = site.place(`apache-${name}`);
  // Its children are another user.
  for (const folder of [dirname(cwd), cwd]) chmodSync(folder, 0o755);
  const file = join(cwd, 'apache.conf');
  writeFileSync(file, configuration(wanted, []));
  const argv = ['-d', cwd, '-f', file, '-D', 'FOREGROUND'];
  const options = { cwd, environment: site.hookEnvironment, log: 'error.log' };
  const apache = startDaemon(t, 'apache2', argv, options);
  const ca = wanted.enrolment === undefined ? site.server.ca : undefined;
  const served = (former?: string) =>
    servedCertificate(apache, { port: site.ports.tls, host: wanted.host, ca, former });
  // Until the first is there it shows one of its own making.
  await obtained(apache, 1);
  // It renews when less than this is left.
  writeFileSync(file, configuration(wanted, ['MDRenewWindow 90d']));
  const fallback = ca === undefined ? (await served()).fingerprint256 : undefined;
  apache.signal('SIGUSR1');
  const first = await served(fallback);
  await obtained(apache, 2);
  // No third one.
  writeFileSync(file, configuration(wanted, []));
  apache.signal('SIGUSR1');
  return [first, await served(first.fingerprint256)];
}

for (const challenge of ['http-01', 'tls-alpn-01', 'dns-01'] as const) {
  test(`Apache's mod_md issues by ${challenge} and renews`, { skip }, async (t) => {
    const host = `${challenge}.apache.example`;
    const [first, second] = await issueAndRenew(t, challenge, { challenge, host });
    assert.deepEqual(dnsNames(first!), [host]);
    await site.isOnRecord(second!, { revoked: false });
  });
}

test("Apache's mod_md binds its account to a client, issues and renews", { skip }, async (t) => {
  const made = await enrolment(site, 'by-apache');
  const wanted: Wanted = { challenge: 'http-01', host: made.identifier, enrolment: made };
  await areCredentials(site, made, await issueAndRenew(t, 'client', wanted));
});
