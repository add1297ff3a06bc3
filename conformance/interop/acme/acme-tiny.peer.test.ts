import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Certificate, encodePem } from '@mortise/x509';
import { missing } from '../../../packages/server/src/acme/testing/installed.ts';
import { csrFor } from '../../../packages/server/src/acme/testing/open-acme.ts';
import { runProgram } from '../../../packages/server/src/acme/testing/run-program.ts';
import { dnsNames, openSite } from './testing/acme-site.ts';

const skip = missing('acme-tiny', 'pebble-challtestsrv');
const site = await openSite(skip, { webroot: true });

test('acme-tiny issues by http-01, and again', { skip }, async () => {
  const cwd = site.place('acme-tiny');
  const names = ['acme-tiny.example', 'www.acme-tiny.example'];
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const [key, csr] = [join(cwd, 'account.pem'), join(cwd, 'request.pem')];
  writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  writeFileSync(csr, encodePem('CERTIFICATE REQUEST', Buffer.from(await csrFor(names), 'base64url')));
  const argv = ['--account-key', key, '--csr', csr, '--acme-dir', site.webroot];
  const issue = async (): Promise<Certificate> => {
    const said = await runProgram(
      'acme-tiny',
      [...argv, '--directory-url', site.directory, '--disable-check', '--quiet'],
      { cwd, environment: { SSL_CERT_FILE: site.caFile } },
    );
    return Certificate.parseAll(said.slice(said.indexOf('-----BEGIN')))[0]!;
  };
  const first = await issue();
  assert.deepEqual(dnsNames(first), names);
  const second = await issue();
  assert.notEqual(second.fingerprint256, first.fingerprint256);
  await site.isOnRecord(second, { revoked: false });
});
