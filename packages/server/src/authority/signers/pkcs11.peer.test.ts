import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Certificate, createCertificate } from '@mortise/x509';
import { CryptokiModule } from './pkcs11/cryptoki-module.ts';
import { Pkcs11Error, type Pkcs11ErrorCode } from './pkcs11/pkcs11-error.ts';
import { slotIds } from './pkcs11/token.ts';
import { Tokens } from './pkcs11/tokens.ts';
import { TokenKeys, type TokenKeysOptions } from './pkcs11.ts';
import { makeSoftToken, type SoftToken } from './testing/soft-token.ts';

function openKeys(t: TestContext, token: SoftToken, options: Partial<TokenKeysOptions> = {}): TokenKeys {
  const keys = new TokenKeys({ module: token.module, pin: token.pin, ...options });
  t.after(() => keys.close());
  return keys;
}

function withCode(code: Pkcs11ErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof Pkcs11Error && error.code === code;
}

async function selfSigned(keys: TokenKeys, location: string): Promise<Certificate> {
  const signer = keys.signer(await keys.find(location));
  const now = Date.parse('2026-03-01T12:00:00Z');
  const { der } = await createCertificate(
    {
      subject: 'CN=On a token',
      issuer: 'CN=On a token',
      notBefore: now,
      notAfter: now + 86_400_000,
      publicKey: signer.publicKey,
      basicConstraints: { ca: true },
      keyUsage: ['keyCertSign'],
    },
    signer,
  );
  return Certificate.parse(der);
}

for (const keyType of ['ec-p256', 'ec-p384', 'rsa-2048', 'ed25519'] as const) {
  test(`a key of the kind ${keyType} is made on a token and signs certificates there`, async (t) => {
    const token = makeSoftToken(t);
    const keys = openKeys(t, token);
    const { location, spki } = await keys.generate({ token: token.label, label: 'root', keyType });
    const certificate = await selfSigned(keys, location);
    assert.ok(certificate.subjectPublicKeyInfo.equals(spki));
    assert.ok(new X509Certificate(certificate.der).verify(certificate.publicKey));
  });
}

test('a key that was made cannot be taken out of its token', async (t) => {
  const token = makeSoftToken(t);
  const keys = openKeys(t, token);
  await keys.generate({ token: token.label, label: 'root', keyType: 'ec-p256' });
  const listed = token.tool('--list-objects', '--type', 'privkey');
  assert.match(listed, /Access:.*sensitive.*never extractable/);
});

test('a key that another program made on the token is found by its URI', async (t) => {
  const token = makeSoftToken(t);
  token.tool('--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'theirs', '--id', '0a0b');
  const keys = openKeys(t, token);
  const location = 'pkcs11:token=Mortise%20test;id=%0A%0B;type=private';
  const found = await keys.find(location);
  assert.equal(found.location, location);
  const certificate = await selfSigned(keys, location);
  assert.ok(certificate.subjectPublicKeyInfo.equals(found.spki));
});

test('a URI that fits no key, or two, is refused', async (t) => {
  const token = makeSoftToken(t);
  const keys = openKeys(t, token);
  await assert.rejects(keys.find('pkcs11:token=Mortise%20test;object=none'), withCode('key_absent'));
  for (let count = 0; count < 2; count += 1) {
    await keys.generate({ token: token.label, label: 'twin', keyType: 'ec-p256' });
  }
  await assert.rejects(keys.find('pkcs11:token=Mortise%20test;object=twin'), withCode('key_absent'));
  await assert.rejects(keys.find('pkcs11:token=Another;object=twin'), withCode('token_absent'));
});

test('a key that was made for nothing is removed', async (t) => {
  const token = makeSoftToken(t);
  const keys = openKeys(t, token);
  const { location } = await keys.generate({ token: token.label, label: 'root', keyType: 'ec-p256' });
  await keys.destroy(location);
  await assert.rejects(keys.find(location), withCode('key_absent'));
  assert.equal(token.tool('--list-objects').includes('root'), false);
});

test('the process with the module may die: the next signature is made by another', async (t) => {
  const token = makeSoftToken(t);
  const keys = openKeys(t, token);
  const key = await keys.generate({ token: token.label, label: 'root', keyType: 'ec-p256' });
  const signer = keys.signer(key);
  await signer.sign(Buffer.from('before'));
  const first = keys.processId!;
  process.kill(first, 'SIGKILL');
  await signer.sign(Buffer.from('after'));
  assert.notEqual(keys.processId, first);
});

test('a token that went away is told, and signs again when it is back', async (t) => {
  const token = makeSoftToken(t);
  const keys = openKeys(t, token);
  const key = await keys.generate({ token: token.label, label: 'root', keyType: 'ec-p256' });
  const signer = keys.signer(key);
  token.unplug();
  process.kill(keys.processId!, 'SIGKILL');
  await assert.rejects(async () => signer.sign(Buffer.from('away')), withCode('token_absent'));
  token.plugIn();
  await signer.sign(Buffer.from('back'));
});

test('sessions that the token has closed are opened again', (t) => {
  const token = makeSoftToken(t);
  const tokens = new Tokens(token.module);
  const id = '01';
  const request = { token: token.label, label: 'root', id, keyType: 'ec-p256' } as const;
  const spki = tokens.do({ act: 'generate', ...request }, token.pin)!;
  // The same library in the same process: its state is one.
  const module = CryptokiModule.load(token.module);
  for (const slot of slotIds(module)) module.call('C_CloseAllSessions', slot);
  const key = { token: token.label, id };
  assert.equal(tokens.do({ act: 'sign', key, input: Buffer.alloc(32, 1) }, token.pin)?.length, 64);
  assert.ok(tokens.do({ act: 'publicKey', key }, token.pin)?.equals(spki));
});

test('a wrong PIN is tried once and no more, and another one at once', async (t) => {
  const token = makeSoftToken(t);
  const folder = mkdtempSync(join(tmpdir(), 'mortise-pin-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const pinFile = join(folder, 'pin');
  writeFileSync(pinFile, 'wrong\n');
  const keys = openKeys(t, token, { pinFile });
  const generate = () => keys.generate({ token: token.label, label: 'root', keyType: 'ec-p256' });
  await assert.rejects(generate(), withCode('pin_incorrect'));
  const tried = keys.processId;
  await assert.rejects(
    generate(),
    (error) => error instanceof Pkcs11Error && /not tried again/.test(error.message),
  );
  assert.equal(keys.processId, tried);
  writeFileSync(pinFile, `${token.pin}\n`);
  await generate();
});

test('neither the command line nor the environment of the process holds the PIN', async (t) => {
  const token = makeSoftToken(t);
  process.env['MORTISE_PKCS11_PIN'] = token.pin;
  t.after(() => {
    delete process.env['MORTISE_PKCS11_PIN'];
  });
  const keys = openKeys(t, token);
  await keys.generate({ token: token.label, label: 'root', keyType: 'ec-p256' });
  for (const name of ['cmdline', 'environ']) {
    const text = readFileSync(`/proc/${keys.processId}/${name}`, 'utf8');
    assert.ok(text.length > 0);
    assert.equal(text.includes(token.pin), false);
    assert.equal(text.includes('MORTISE_'), false);
  }
});

test('a token that signs with another key than the certificate names is found out', async (t) => {
  const token = makeSoftToken(t);
  const keys = openKeys(t, token);
  const ours = await keys.generate({ token: token.label, label: 'ours', keyType: 'ec-p256' });
  const theirs = await keys.generate({ token: token.label, label: 'theirs', keyType: 'ec-p256' });
  const mixed = keys.signer({ location: theirs.location, spki: ours.spki });
  await assert.rejects(async () => mixed.sign(Buffer.from('x')), withCode('key_mismatch'));
});

test('a request that is not answered in time is given up with its process', async (t) => {
  const token = makeSoftToken(t);
  const keys = openKeys(t, token, { timeoutMs: 50 });
  // Longer to make than this timeout, on any machine: the process has not even begun by then.
  await assert.rejects(
    keys.generate({ token: token.label, label: 'slow', keyType: 'rsa-4096' }),
    withCode('timed_out'),
  );
  assert.equal(keys.processId, undefined);
});

test('what is no module, and no PIN, are told before anything is signed', async (t) => {
  const token = makeSoftToken(t);
  const generate = { token: token.label, label: 'root', keyType: 'ec-p256' } as const;
  for (const module of ['/nonexistent.so', '/bin/true', undefined]) {
    const keys = new TokenKeys({ module, pin: '1' });
    t.after(() => keys.close());
    await assert.rejects(
      keys.generate(generate),
      withCode(module === undefined ? 'module_missing' : 'module_unusable'),
    );
  }
  await assert.rejects(openKeys(t, token, { pin: '' }).generate(generate), withCode('pin_missing'));
  await assert.rejects(
    openKeys(t, token, { pinFile: '/nonexistent' }).generate(generate),
    withCode('pin_missing'),
  );
  const empty = openKeys(t, token, { pinFile: '/dev/null' });
  await assert.rejects(empty.generate(generate), withCode('pin_missing'));
});

test('the process with the module ends with the server', async (t) => {
  const token = makeSoftToken(t);
  const keys = openKeys(t, token);
  await keys.generate({ token: token.label, label: 'root', keyType: 'ec-p256' });
  const { processId } = keys;
  await keys.close();
  assert.throws(() => process.kill(processId!, 0), { code: 'ESRCH' });
});
