import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { Certificate } from '@mortise/x509';
import { csrFor, listening, openAcme } from './testing/open-acme.ts';
import { runProgram } from './testing/run-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'mortise-webroot-'));
const webroot = join(folder, 'webroot');
mkdirSync(webroot);
const web = createServer((request, response) => {
  try {
    response.end(readFileSync(join(webroot, basename(request.url ?? ''))));
  } catch {
    response.writeHead(404).end();
  }
});
const acmeHttpPort = await listening(web);
after(() => {
  web.closeAllConnections();
  web.close();
  rmSync(folder, { recursive: true, force: true });
});
const house = await openAcme({ acmeHttpPort });
const directory = `${house.server.issuer}/acme/server/directory`;
const caFile = join(folder, 'ca.pem');
writeFileSync(caFile, house.server.ca);

test('dehydrated issues by http-01, renews and revokes', async () => {
  const config = join(folder, 'dehydrated');
  writeFileSync(
    config,
    [
      `CA="${directory}"`,
      `BASEDIR="${join(folder, 'base')}"`,
      `WELLKNOWN="${webroot}"`,
      `CURL_OPTS="--cacert ${caFile}"`,
      'KEY_ALGO=prime256v1',
      '',
    ].join('\n'),
  );
  mkdirSync(join(folder, 'base'));
  const run = (...argv: string[]) => runProgram('dehydrated', [...argv, '--config', config], { cwd: folder });
  await run('--register', '--accept-terms');
  await run('--cron', '--domain', 'localhost', '--challenge', 'http-01');
  const file = join(folder, 'base', 'certs', 'localhost', 'cert.pem');
  const first = Certificate.parse(readFileSync(file));
  await run('--cron', '--force', '--domain', 'localhost', '--challenge', 'http-01');
  assert.notEqual(Certificate.parse(readFileSync(file)).fingerprint256, first.fingerprint256);
  await run('--revoke', file);
});

test('acme-tiny issues by http-01', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = join(folder, 'account.pem');
  const csr = join(folder, 'request.pem');
  writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const der = Buffer.from(await csrFor(['localhost']), 'base64url').toString('base64');
  const lines = der.match(/.{1,64}/g)!.join('\n');
  writeFileSync(csr, `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`);
  const argv = ['--account-key', key, '--csr', csr, '--acme-dir', webroot, '--directory-url', directory];
  const environment = { SSL_CERT_FILE: caFile };
  const said = await runProgram('acme-tiny', [...argv, '--disable-check', '--quiet'], {
    cwd: folder,
    environment,
  });
  const [leaf] = Certificate.parseAll(said.slice(said.indexOf('-----BEGIN')));
  assert.deepEqual(leaf!.subjectAltName, [{ type: 'dns', value: 'localhost' }]);
});
