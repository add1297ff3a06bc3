import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { createCertificate } from '@mortise/x509';
import { TokenKeys } from '../authority/index.ts';
import { makeSoftToken } from '../authority/signers/testing/soft-token.ts';
import { runCommand } from '../cli/testing/run-command.ts';
import type { ShownAuthority } from '../cli/testing/shown-authority.ts';
import { startTestServer } from './testing/running-server.ts';

const token = makeSoftToken({ after });
const server = await startTestServer({
  flags: { pkcs11Module: token.module },
  environment: { MORTISE_PKCS11_PIN: token.pin },
});
after(() => server.discard());
const command = (...argv: string[]) => runCommand([...argv, '--data', server.data, '--json']);

async function mortise<Shown = Record<string, unknown>>(...argv: string[]): Promise<Shown> {
  const result = await command(...argv);
  if (result.status !== 0) throw new Error(result.stderr);
  return result.json() as Shown;
}

/** Issues for an authority, and has OpenSSL check the certificate, its CRL and its OCSP answer. */
async function checkIssuing(authority: string): Promise<void> {
  const out = join(server.data, `issued-${authority}`);
  const names = ['--profile', 'server', '--name', 'api.example'];
  await mortise('certificate', 'issue', ...names, '--authority', authority, '--out', out, '--force');
  const [leaf, issuer] = readFileSync(join(out, 'cert.pem'), 'utf8').match(
    /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g,
  )!;
  writeFileSync(join(out, 'leaf.pem'), leaf!);
  writeFileSync(join(out, 'issuer.pem'), issuer!);
  const openssl = (...parameters: string[]) =>
    execFileSync('openssl', parameters, { cwd: out, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const verify = openssl('verify', '-CAfile', 'ca.pem', '-untrusted', 'issuer.pem', 'leaf.pem');
  assert.match(verify, /leaf\.pem: OK/);
  const where = openssl(
    'x509',
    '-in',
    'leaf.pem',
    '-noout',
    '-ext',
    'crlDistributionPoints,authorityInfoAccess',
  );
  const crl = /URI:(http\S+\.crl)/.exec(where)![1]!;
  const answer = await fetch(crl.replace(server.pki, `http://${server.listening.pki}`));
  writeFileSync(join(out, 'list.crl'), Buffer.from(await answer.arrayBuffer()));
  assert.match(
    execFileSync('sh', ['-c', 'openssl crl -inform DER -in list.crl -CAfile issuer.pem -noout 2>&1'], {
      cwd: out,
      encoding: 'utf8',
    }),
    /verify OK/,
  );
  const parameters = ['-issuer', 'issuer.pem', '-cert', 'leaf.pem', '-CAfile', 'ca.pem'];
  const url = `http://${server.listening.pki}/ocsp`;
  // Not synchronously: the responder is in this process.
  const asked = await promisify(execFile)('openssl', ['ocsp', ...parameters, '-url', url], { cwd: out });
  const ocsp = asked.stdout + asked.stderr;
  assert.match(ocsp, /leaf\.pem: good/);
  assert.match(ocsp, /Response verify OK/);
}

test('an authority with its keys on a token issues, and publishes CRLs and OCSP answers', async () => {
  await mortise('authority', 'create', 'hsm', '--pkcs11-token', token.label);
  const own = (await mortise<ShownAuthority[]>('authority', 'show')).filter(({ name }) => name === 'hsm');
  assert.deepEqual(own.map(({ kind, signer }) => `${kind} ${signer}`).sort(), [
    'intermediate pkcs11',
    'root pkcs11',
  ]);
  for (const { key_location: location } of own)
    assert.match(location!, /^pkcs11:token=Mortise%20test;object=/);
  await checkIssuing('hsm');
});

test('another intermediate has its key where the last one has it, unless the command says otherwise', async () => {
  const createdOn = async (...flags: string[]) => {
    const { authority } = await mortise<{ authority: ShownAuthority }>(
      'authority',
      'create',
      'hsm',
      ...flags,
    );
    return authority.signer;
  };
  assert.equal(await createdOn(), 'pkcs11');
  assert.equal(await createdOn('--no-pkcs11-token'), 'file');
  assert.equal(await createdOn(), 'file');
});

/** A root whose key is on the token, in a file; and the URI of its key. */
async function bringRoot(name: string): Promise<{ file: string; keyLocation: string }> {
  const keys = new TokenKeys({ module: token.module, pin: token.pin });
  const key = await keys.generate({ token: token.label, label: name, keyType: 'ec-p256' });
  const now = Date.now();
  const root = await createCertificate(
    {
      subject: `CN=${name}`,
      issuer: `CN=${name}`,
      notBefore: now - 60_000,
      notAfter: now + 365 * 86_400_000,
      publicKey: key.spki,
      basicConstraints: { ca: true },
      keyUsage: ['keyCertSign', 'cRLSign'],
    },
    keys.signer(key),
  );
  await keys.close();
  const file = join(server.data, `${name}.pem`);
  writeFileSync(file, root.toPem());
  return { file, keyLocation: key.location };
}

test('a root whose key is on a token is imported, and signs there an intermediate with a key there', async () => {
  const { file, keyLocation } = await bringRoot('brought');
  const given = ['--certificate', file, '--pkcs11-key', keyLocation];
  const taken = await mortise<ShownAuthority>('authority', 'import', 'brought', ...given);
  assert.equal(taken.signer, 'pkcs11');
  assert.match(token.tool('--list-objects'), new RegExp(taken.authority_id));
  await checkIssuing('brought');
  const other = await bringRoot('another');
  const elsewhere = ['--certificate', other.file, '--pkcs11-key', other.keyLocation, '--no-pkcs11-token'];
  const kept = await mortise<ShownAuthority>('authority', 'import', 'another', ...elsewhere);
  assert.equal(kept.signer, 'file');
  await checkIssuing('another');
  const misplaced = await command('authority', 'import', '--certificate', file, '--no-pkcs11-token');
  assert.equal(misplaced.status, 2);
  assert.match(misplaced.stderr, /go with --key or --pkcs11-key/);
});

test('the first start makes its root and intermediate on the token that it is told', async () => {
  const first = await startTestServer({
    flags: { pkcs11Module: token.module, pkcs11Token: token.label },
    environment: { MORTISE_PKCS11_PIN: token.pin },
  });
  try {
    const { stdout } = await runCommand(['authority', 'show', '--data', first.data, '--json']);
    const shown = JSON.parse(stdout) as ShownAuthority[];
    assert.deepEqual(shown.map(({ name, kind, signer }) => `${name} ${kind} ${signer}`).sort(), [
      'main intermediate pkcs11',
      'main root pkcs11',
    ]);
    const onToken = token.tool('--list-objects');
    for (const { authority_id: id } of shown) assert.match(onToken, new RegExp(id));
  } finally {
    await first.discard();
  }
});

test('a root is rolled over to one on a token', async () => {
  await mortise('authority', 'rollover', 'publish', '--pkcs11-token', token.label);
  const { new_root: root } = await mortise<{ new_root: { fingerprint256: string; authority_id: string } }>(
    'authority',
    'rollover',
    'switch',
    '--force',
  );
  const shown = await mortise<ShownAuthority[]>('authority', 'show');
  assert.equal(shown.find(({ authority_id: id }) => id === root.authority_id)?.signer, 'pkcs11');
  await checkIssuing('main');
  const ca = new X509Certificate(readFileSync(join(server.data, 'issued-main', 'ca.pem')));
  assert.equal(ca.fingerprint256.replaceAll(':', '').toLowerCase(), root.fingerprint256);
});

test('an authority whose keys are on a token is rolled over on it, and issues there before the switch, after it and after the old root is retired', async () => {
  await mortise('authority', 'create', 'vault', '--pkcs11-token', token.label);
  const rollover = (...step: string[]) =>
    mortise<{ phase: string }>('authority', 'rollover', ...step, '--authority', 'vault');
  const ofVault = async () =>
    (await mortise<ShownAuthority[]>('authority', 'show')).filter(({ name }) => name === 'vault');
  await checkIssuing('vault');
  token.unplug();
  const refused = await command('authority', 'rollover', 'publish', '--authority', 'vault');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /token_unusable.*vault got no root/);
  token.plugIn();
  await rollover('publish');
  await checkIssuing('vault');
  token.unplug();
  const kept = await command('authority', 'rollover', 'switch', '--force', '--authority', 'vault');
  assert.match(kept.stderr, /token_unusable.*vault got no intermediate/);
  token.plugIn();
  assert.equal((await rollover()).phase, 'published');
  await rollover('switch', '--force');
  await checkIssuing('vault');
  const shown = await ofVault();
  assert.equal(shown.length, 4);
  const onToken = token.tool('--list-objects');
  for (const { authority_id: id, signer, key_location: location } of shown) {
    assert.equal(signer, 'pkcs11');
    assert.match(location!, /^pkcs11:token=Mortise%20test;object=/);
    assert.match(onToken, new RegExp(id));
  }
  await rollover('retire', '--force');
  await checkIssuing('vault');
});

test('a rollover moves keys to a token and off it again, where that is asked for', async () => {
  await mortise('authority', 'create', 'moving');
  const signers = async (): Promise<string[]> =>
    (await mortise<ShownAuthority[]>('authority', 'show'))
      .filter(({ name }) => name === 'moving')
      .map(({ kind, signer }) => `${kind} ${signer}`);
  const rollover = (...step: string[]) => mortise('authority', 'rollover', ...step, '--authority', 'moving');
  await rollover('publish', '--pkcs11-token', token.label);
  await rollover('switch', '--force', '--pkcs11-token', token.label);
  await rollover('retire', '--force');
  assert.deepEqual((await signers()).slice(2), ['root pkcs11', 'intermediate pkcs11']);
  await checkIssuing('moving');
  await rollover('publish', '--no-pkcs11-token');
  await rollover('switch', '--force', '--no-pkcs11-token');
  assert.deepEqual((await signers()).slice(4), ['root file', 'intermediate file']);
  await checkIssuing('moving');
  const misplaced = await command('authority', 'rollover', 'retire', '--no-pkcs11-token');
  assert.equal(misplaced.status, 2);
  assert.match(misplaced.stderr, /go with publish and switch/);
});

test('a token that is not there, and a URI with a PIN, are refused', async () => {
  const absent = await command('authority', 'create', 'none', '--pkcs11-token', 'Another');
  assert.equal(absent.status, 1);
  assert.match(absent.stderr, /token_unusable.*0 tokens have the label/);
  const location = `pkcs11:token=Mortise%20test;object=x?pin-value=${encodeURIComponent(token.pin)}`;
  const file = join(server.data, 'brought.pem');
  const pinned = await command(
    'authority',
    'import',
    'other',
    '--certificate',
    file,
    '--pkcs11-key',
    location,
  );
  assert.equal(pinned.status, 1);
  assert.match(pinned.stderr, /not the PKCS #11 URI of a key/);
  assert.equal(pinned.stderr.includes(token.pin), false);
  assert.equal(server.logged().includes(token.pin), false);
});
