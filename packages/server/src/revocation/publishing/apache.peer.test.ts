import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { by } from '../testing/open-revocation.ts';
import { callWithCertificate } from './testing/call-with-certificate.ts';
import { openPublishing, type PublishingHouse } from './testing/open-publishing.ts';
import { startWebServer } from './testing/start-web-server.ts';

const modules = '/usr/lib/apache2/modules';
const skip = existsSync(join(modules, 'mod_ssl.so')) ? false : 'not installed: apache2-bin';

const configuration = (port: number, checks: readonly string[]): string =>
  [
    ...['mpm_event', 'authz_core', 'socache_shmcb', 'ssl'].map(
      (name) => `LoadModule ${name}_module ${join(modules, `mod_${name}.so`)}`,
    ),
    ...(process.getuid?.() === 0 ? ['User nobody', 'Group nogroup'] : []),
    ...['DefaultRuntimeDir "."', 'PidFile apache.pid', 'ErrorLog error.log', 'LogLevel ssl:info'],
    ...[`Listen 127.0.0.1:${port}`, 'ServerName a.example', 'SSLEngine on'],
    ...['SSLCertificateFile cert.pem', 'SSLCertificateKeyFile key.pem', 'SSLCACertificateFile trusted.pem'],
    ...['SSLVerifyClient require', 'SSLVerifyDepth 3', ...checks, ''],
  ].join('\n');

for (const [how, checks, told] of [
  ['the CRL', () => ['SSLCARevocationCheck chain', 'SSLCARevocationFile crls.pem'], /certificate revoked/],
  [
    'OCSP',
    ({ url }: PublishingHouse) => [
      // With the nonce that it sends unless told otherwise.
      ...['SSLOCSPEnable leaf', 'SSLOCSPOverrideResponder on', `SSLOCSPDefaultResponder ${url}/ocsp`],
    ],
    /revoked/,
  ],
] as const) {
  test(`Apache accepts a client's certificate, and refuses the revoked one by ${how}`, {
    skip,
  }, async (t) => {
    const house = await openPublishing(t);
    house.clock.now = Date.now();
    const issue = () => house.issue({ profile: 'client', clientId: 'client-one', names: [] });
    const [good, revoked] = [await issue(), await issue()];
    await house.revocation.revokeCertificate({ fingerprint256: revoked.certificate.fingerprint256 }, by);
    const { port, ca, log } = await startWebServer(t, house, good, {
      path: '/usr/sbin/apache2',
      argv: (folder, file) => ['-d', folder, '-f', file, '-D', 'FOREGROUND'],
      configuration: (own) => configuration(own, checks(house)),
    });
    assert.notEqual(await callWithCertificate(port, ca, good), 'refused', log());
    assert.equal(await callWithCertificate(port, ca, revoked), 'refused', log());
    assert.match(log(), told);
  });
}
