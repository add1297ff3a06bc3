import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Certificate } from '@mortise/x509';
import { missing } from '../../../packages/server/src/acme/testing/installed.ts';
import { runProgram } from '../../../packages/server/src/acme/testing/run-program.ts';
import { dnsHook, dnsNames, openSite, readChain } from './testing/acme-site.ts';
import { areCredentials, enrolment } from './testing/enrolment.ts';

const skip = missing('uacme', 'ualpn', 'pebble-challtestsrv', 'curl', 'unshare');
const site = await openSite(skip, { webroot: true });
/** It trusts what the system trusts and nothing else, so it runs where the system trusts the server's root. */
const bundle = '/etc/ssl/certs/ca-certificates.crt';
const trusting = ['--map-root-user', '--mount', 'sh', '-c', `mount --bind "$1" ${bundle}; shift; exec "$@"`];
const system = process.env['PATH'] ?? '';

/** Starts uacme's own responder; the PATH on which its hook finds it. */
async function startUalpn(test: TestContext, cwd: string): Promise<string> {
  const sock = join(cwd, 'ualpn.sock');
  const bin = site.place('ualpn-bin');
  // The hook that comes with uacme knows only the default socket.
  writeFileSync(join(bin, 'ualpn'), `#!/bin/sh\nPATH=${system} exec ualpn -s ${sock} "$@"\n`, {
    mode: 0o755,
  });
  const { http, tls } = site.ports;
  const listen = ['-v', '-v', '-s', sock, '-b', `127.0.0.1@${tls}`, '-c', `127.0.0.1@${http}`];
  const child = spawn('ualpn', listen, { stdio: 'pipe' });
  test.after(async () => {
    if (child.exitCode !== null) return;
    child.kill();
    await once(child, 'exit');
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (/listening/i.test(said)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`ualpn ended with ${code}: ${said}`)));
  });
  return `${bin}:${system}`;
}

for (const [challenge, names, hook] of [
  ['http-01', ['uacme.example', 'www.uacme.example'], '/usr/share/uacme/uacme.sh'],
  ['dns-01', ['uacme.example', '*.uacme.example'], dnsHook],
  ['tls-alpn-01', ['tls.uacme.example'], '/usr/share/uacme/ualpn.sh'],
] as const) {
  test(`uacme issues by ${challenge}, renews and revokes`, { skip }, async (t) => {
    const cwd = site.place(`uacme-${challenge}`);
    const environment = {
      ...site.hookEnvironment,
      UACME_CHALLENGE_PATH: site.webroot,
      ...(challenge === 'tls-alpn-01' ? { PATH: await startUalpn(t, cwd) } : {}),
    };
    const common = ['-a', site.directory, '-c', cwd, '-y', '-t', 'EC'];
    const run = (...argv: string[]) => {
      const words = [...trusting, 'sh', site.caFile, 'uacme', ...common, ...argv];
      return runProgram('unshare', words, { cwd, environment });
    };
    await run('new');
    const wanted = ['-h', hook, 'issue', ...names];
    await run(...wanted);
    const file = join(cwd, names[0], 'cert.pem');
    const [first] = readChain(file);
    assert.deepEqual(dnsNames(first!), names.toSorted());
    await run('-f', ...wanted);
    const [second] = readChain(file);
    assert.notEqual(second!.fingerprint256, first!.fingerprint256);
    await run('revoke', file);
    await site.isOnRecord(first!, { revoked: false });
    await site.isOnRecord(second!, { revoked: true });
    await run('deactivate');
  });
}

test('uacme binds its account to a client, issues and renews', { skip }, async () => {
  const cwd = site.place('uacme-client');
  const made = await enrolment(site, 'by-uacme');
  const run = (...argv: string[]) => {
    const common = ['-a', made.directory, '-c', cwd, '-y', '-t', 'EC'];
    return runProgram('unshare', [...trusting, 'sh', site.caFile, 'uacme', ...common, ...argv], { cwd });
  };
  await run('-e', `${made.eab_kid}:${made.eab_hmac_key}`, 'new');
  const certificates: Certificate[] = [];
  for (const force of [[], ['-f']]) {
    await run(...force, 'issue', made.identifier);
    certificates.push(readChain(join(cwd, made.identifier, 'cert.pem'))[0]!);
  }
  await areCredentials(site, made, certificates);
});
