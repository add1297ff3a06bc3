import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { encodePem } from '@mortise/x509';
import { by } from '../testing/open-revocation.ts';
import { callWithCertificate, freePort } from './testing/call-with-certificate.ts';
import { filesFor, type Issued, openPublishing, type PublishingHouse } from './testing/open-publishing.ts';

const modules = '/usr/lib/apache2/modules';
const skip = existsSync(join(modules, 'mod_ssl.so')) ? false : 'not installed: apache2-bin';

async function startApache(t: TestContext, house: PublishingHouse, checks: string[], issued: Issued) {
  const server = await house.issue();
  const port = await freePort();
  const crl = async (path: string) => encodePem('X509 CRL', (await house.get(path)).body);
  const [root] = house.authority.roots();
  const pem = (each: Issued) => [each.certificate, ...each.chain].map((one) => one.toPem()).join('');
  const folder = filesFor(t, {
    'trusted.pem': issued.chain.map((each) => each.toPem()).join('') + root!.toPem(),
    'cert.pem': pem(server),
    'key.pem': server.keyPem!,
    'crls.pem': (await crl(house.crlPath(issued.certificate))) + (await crl(house.crlPath(issued.chain[0]!))),
    'apache.conf': [
      ...['mpm_event', 'authz_core', 'socache_shmcb', 'ssl'].map(
        (name) => `LoadModule ${name}_module ${join(modules, `mod_${name}.so`)}`,
      ),
      ...(process.getuid?.() === 0 ? ['User nobody', 'Group nogroup'] : []),
      ...['DefaultRuntimeDir "."', 'PidFile apache.pid', 'ErrorLog error.log', 'LogLevel ssl:info'],
      ...[`Listen 127.0.0.1:${port}`, 'ServerName a.example', 'SSLEngine on'],
      ...['SSLCertificateFile cert.pem', 'SSLCertificateKeyFile key.pem', 'SSLCACertificateFile trusted.pem'],
      ...['SSLVerifyClient require', 'SSLVerifyDepth 3', ...checks, ''],
    ].join('\n'),
  });
  const argv = ['-d', folder, '-f', join(folder, 'apache.conf'), '-D', 'FOREGROUND'];
  const child = spawn('/usr/sbin/apache2', argv, { stdio: 'ignore' });
  t.after(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  });
  const log = (): string => readFileSync(join(folder, 'error.log'), 'utf8');
  for (let left = 200; ; left -= 1) {
    const status = await callWithCertificate(port, root!.toPem(), issued);
    if (status !== 'refused') return { port, ca: root!.toPem(), log };
    assert.ok(left > 0 && child.exitCode === null, 'Apache answers');
    await wait(25);
  }
}

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
    const { port, ca, log } = await startApache(t, house, checks(house), good);
    assert.notEqual(await callWithCertificate(port, ca, good), 'refused', log());
    assert.equal(await callWithCertificate(port, ca, revoked), 'refused', log());
    assert.match(log(), told);
  });
}
