import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { missing } from '../../../packages/server/src/acme/testing/installed.ts';
import { runProgram } from '../../../packages/server/src/acme/testing/run-program.ts';
import { openSite, readChain } from './testing/acme-site.ts';

const skip = missing('certbot', 'lego', 'pebble-challtestsrv', 'curl');
const site = await openSite(skip);
const document = readFileSync(new URL('../../../docs/enrolment.md', import.meta.url), 'utf8');
const program = fileURLToPath(new URL('../../invariants/testing/mortise-process.ts', import.meta.url));

/** The blocks of a section that a shell runs as they stand. */
function blocks(section: string): string[] {
  const text = document.split(/^## /m).find((part) => part.startsWith(`${section}\n`));
  assert.ok(text !== undefined, `there is no section ${section}`);
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block!);
}

/** A shell in a folder of its own, with a `mortise` on its path; only the ports are others than those of the document. */
function shell(cwd: string): (text: string) => Promise<string> {
  const mortise = join(cwd, 'mortise');
  writeFileSync(
    mortise,
    `#!/bin/sh\nexec '${process.execPath}' --conditions=mortise-source --disable-warning=ExperimentalWarning '${program}' "$@"\n`,
  );
  chmodSync(mortise, 0o755);
  const { issuer, mtls, data } = site.server;
  const urls = (text: string) =>
    text.replaceAll('https://localhost:8443', issuer).replaceAll('https://localhost:8444', mtls);
  const environment = { PATH: `${cwd}:${process.env['PATH']}`, MORTISE_DATA: data };
  return (text) => runProgram('sh', ['-e', '-c', urls(text)], { cwd, environment });
}

/** The command line for a program among what `client create --enrol` prints for a person. */
function printed(text: string, name: string): string {
  const line = new RegExp(`^With ${name}:\\n\\n  (.*)$`, 'm').exec(text)?.[1];
  assert.ok(line !== undefined, text);
  return line;
}

function caIn(text: string): string {
  return text.slice(text.indexOf('-----BEGIN CERT'), text.indexOf('With certbot:'));
}

test('docs/enrolment.md is followed as it is written: certbot and lego, a token, an exchange, a recall', {
  skip,
}, async () => {
  const cwd = site.place('walk-through');
  const run = shell(cwd);
  const identifier = 'billing.clients.localhost';

  const [create] = blocks('Register and enrol');
  const shown = await run(create!);
  assert.ok(shown.includes(identifier));
  writeFileSync(join(cwd, 'ca.pem'), caIn(shown));

  const folders = ' --config-dir certbot --work-dir certbot --logs-dir certbot';
  await run(printed(shown, 'certbot') + folders);
  const byCertbot = join(cwd, 'certbot', 'live', identifier, 'fullchain.pem');
  const [first] = readChain(byCertbot);
  const [token, renew] = blocks('With certbot');
  assert.match(await run(token!), /^ey/);
  await run(renew!);
  assert.notEqual(readChain(byCertbot)[0]!.fingerprint256, first!.fingerprint256);
  assert.match(await run(token!), /^ey/);

  await run(printed(await run('mortise client enrol billing'), 'lego'));
  const byLego = join(cwd, '.lego', 'certificates', `${identifier}.crt`);
  const [second] = readChain(byLego);
  const [legoToken, legoRenew] = blocks('With lego');
  assert.match(await run(legoToken!), /^ey/);
  await run(legoRenew!);
  assert.notEqual(readChain(byLego)[0]!.fingerprint256, second!.fingerprint256);

  const [grant, exchange] = blocks('Without a shared secret');
  await run(grant!);
  const enrolment = JSON.parse(await run(exchange!)) as { identifier: string; commands: object };
  assert.equal(enrolment.identifier, 'ci.clients.localhost');
  assert.deepEqual(Object.keys(enrolment.commands), ['certbot', 'lego', 'mortise']);

  const [ending] = blocks('Ending one account, or one key');
  const read = async (command: string) => JSON.parse(await run(`${command} --json`));
  const [account] = (await read('mortise acme-account list --client ci')) as { account_id: string }[];
  assert.equal(account, undefined, 'nobody used the key of the exchange');
  const accounts = (await read('mortise acme-account list --client billing')) as { account_id: string }[];
  const { eab_kid: kid } = (await read('mortise client enrol billing')) as { eab_kid: string };
  const ended = await run(ending!.replace('ACCOUNT-ID', accounts[0]!.account_id).replace('EAB-KID', kid));
  assert.match(ended, /is deactivated\.[\s\S]*is withdrawn\./);

  const [client] = blocks('Which certificate a client is on');
  assert.match(await run(client!), /billing/);
  const [recall] = blocks('When all have to be replaced');
  assert.match(await run(recall!), /certificates would be recalled/);
});
