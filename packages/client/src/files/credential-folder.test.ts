import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createTestAuthority, type Issued } from '../testing/certificates.ts';
import { readCredential } from './credential.ts';
import { CredentialFolder } from './credential-folder.ts';

const place = mkdtempSync(join(tmpdir(), 'mortise-folder-'));
after(() => rmSync(place, { recursive: true }));
let issued: Issued[];
let ca: string;
before(async () => {
  const authority = await createTestAuthority();
  ca = authority.ca;
  issued = await Promise.all(Array.from({ length: 4 }, () => authority.client('billing')));
});

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const filesBelow = (path: string): string[] => readdirSync(path, { recursive: true }) as string[];

test('what holds a key is readable by its owner alone, also under a loose umask', async () => {
  const former = process.umask(0);
  try {
    const path = join(place, 'a', 'b');
    const folder = await CredentialFolder.open(path);
    await folder.accountKey();
    await folder.remember({ directory: 'https://a.example', identifier: 'a' });
    await folder.publish(await folder.stage({ ...issued[0]!, ca }));
    assert.equal(modeOf(path), '700');
    for (const name of ['account.pem', 'enrolment.json', 'key.pem', 'combined.pem']) {
      assert.equal(modeOf(join(path, name)), '600', name);
    }
    assert.equal(modeOf(join(path, 'versions')), '700');
    assert.deepEqual(
      filesBelow(path).filter((name) => name.endsWith('.new')),
      [],
    );
  } finally {
    process.umask(former);
  }
});

test('what was published is read again, and a staged credential is not', async () => {
  const path = join(place, 'stages');
  const folder = await CredentialFolder.open(path);
  assert.equal(await folder.read(), undefined);
  const first = await folder.stage({ ...issued[0]!, ca });
  assert.equal(await folder.read(), undefined);
  await folder.publish(first);
  const second = await folder.stage({ ...issued[1]!, ca });
  assert.equal((await folder.read())?.certificate.fingerprint256, issued[0]!.certificate.fingerprint256);
  await folder.publish(second);
  assert.equal((await folder.read())?.key, issued[1]!.key);
  assert.equal(await folder.readTrusted(), ca);
  const combined = readFileSync(join(path, 'combined.pem'), 'utf8');
  readCredential({ key: combined, cert: combined, ca });
});

test('the former credential stays for those who read it, the one before is removed', async () => {
  const path = join(place, 'prunes');
  const folder = await CredentialFolder.open(path);
  for (const one of issued) await folder.publish(await folder.stage({ ...one, ca }));
  const versions = readdirSync(join(path, 'versions')).map((name) => name.split('-')[1]);
  const kept = issued.slice(2).map(({ certificate }) => certificate.fingerprint256.slice(0, 16));
  assert.deepEqual(versions.sort(), kept.sort());
});

test('a key that is for another certificate is not written', async () => {
  const folder = await CredentialFolder.open(join(place, 'mismatch'));
  const wrong = folder.stage({ key: issued[0]!.key, cert: issued[1]!.cert, ca });
  await assert.rejects(wrong, { name: 'ClientError', code: 'credential_invalid' });
  await assert.rejects(folder.stage({ key: 'x', cert: issued[1]!.cert, ca }), { code: 'credential_invalid' });
  await assert.rejects(folder.stage({ key: issued[0]!.key, cert: 'x', ca }), { code: 'credential_invalid' });
  assert.deepEqual(filesBelow(folder.path), []);
});

test('a reader in another thread never finds a key and a certificate that do not belong together', async () => {
  const path = join(place, 'raced');
  const folder = await CredentialFolder.open(path);
  await folder.publish(await folder.stage({ ...issued[0]!, ca }));
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const reader = new Worker(
    `const { readFileSync, realpathSync } = require('node:fs');
     const { createPrivateKey, X509Certificate } = require('node:crypto');
     const { workerData: { path, flags }, parentPort } = require('node:worker_threads');
     const seen = new Set();
     let mismatches = 0;
     while (Atomics.load(flags, 0) === 0) {
       const place = realpathSync(path + '/current');
       const pairs = [[place + '/key.pem', place + '/cert.pem'], [path + '/combined.pem']];
       for (const files of pairs) {
         const texts = files.map((file) => readFileSync(file, 'utf8'));
         const certificate = new X509Certificate(texts.at(-1));
         if (!certificate.checkPrivateKey(createPrivateKey(texts[0]))) mismatches += 1;
         seen.add(certificate.fingerprint256);
       }
       Atomics.add(flags, 1, 1);
       Atomics.notify(flags, 1);
     }
     parentPort.postMessage({ mismatches, seen: seen.size });`,
    { eval: true, workerData: { path, flags } },
  );
  const result = new Promise<{ mismatches: number; seen: number }>((resolve, reject) => {
    reader.once('message', resolve);
    reader.once('error', reject);
  });
  const failed = result.then(() => undefined);
  for (let round = 0; round < 60; round += 1) {
    await folder.publish(await folder.stage({ ...issued[round % 4]!, ca }));
    // The reader comes round twice between two changes: each change is raced, and nobody is two of them behind.
    const enough = Atomics.load(flags, 1) + 2;
    for (let reads = enough - 2; reads < enough; reads = Atomics.load(flags, 1)) {
      await Promise.race([Atomics.waitAsync(flags, 1, reads).value, failed]);
    }
  }
  Atomics.store(flags, 0, 1);
  const { mismatches, seen } = await result;
  assert.equal(mismatches, 0);
  assert.ok(seen >= 2);
});

test('the account key is made once, and read again', async () => {
  const path = join(place, 'account');
  const made = await (await CredentialFolder.open(path)).accountKey();
  const read = await (await CredentialFolder.open(path)).accountKey();
  assert.equal(read.thumbprint, made.thumbprint);
  writeFileSync(join(path, 'account.pem'), 'damaged');
  const damaged = (await CredentialFolder.open(path)).accountKey();
  await assert.rejects(damaged, { code: 'configuration_invalid' });
});

test('what an interrupted write left is cleared, and a version that was never published goes with the next', async () => {
  const path = join(place, 'interrupted');
  mkdirSync(join(path, 'versions', 'half'), { recursive: true });
  writeFileSync(join(path, 'versions', 'half', 'key.pem'), 'half of a k');
  writeFileSync(join(path, 'account.pem.0123456789ab.new'), 'half');
  const folder = await CredentialFolder.open(path);
  assert.equal(await folder.read(), undefined);
  await folder.publish(await folder.stage({ ...issued[0]!, ca }));
  assert.deepEqual(readdirSync(join(path, 'versions')), [readlinkSync(join(path, 'current')).split('/')[1]]);
  assert.ok(!filesBelow(path).some((name) => name.endsWith('.new')));
});

test('a staged credential that another program has removed is not published; what works stays', async () => {
  const path = join(place, 'shared');
  const folder = await CredentialFolder.open(path);
  await folder.publish(await folder.stage({ ...issued[0]!, ca }));
  const staged = await folder.stage({ ...issued[1]!, ca });
  rmSync(join(path, 'versions', staged.version), { recursive: true });
  await assert.rejects(folder.publish(staged), { code: 'folder_unusable' });
  assert.equal((await folder.read())?.certificate.fingerprint256, issued[0]!.certificate.fingerprint256);
});

test('files that stood in the folder before are read, and replaced by links', async () => {
  const path = join(place, 'before');
  mkdirSync(path);
  writeFileSync(join(path, 'key.pem'), issued[0]!.key, { mode: 0o600 });
  writeFileSync(join(path, 'cert.pem'), issued[0]!.cert);
  const folder = await CredentialFolder.open(path);
  assert.equal((await folder.read())?.certificate.fingerprint256, issued[0]!.certificate.fingerprint256);
  await folder.publish(await folder.stage({ ...issued[1]!, ca }));
  assert.equal(readlinkSync(join(path, 'key.pem')), 'current/key.pem');
  assert.equal(readFileSync(join(path, 'key.pem'), 'utf8'), issued[1]!.key);
});

test('a folder that cannot be is folder_unusable', async () => {
  const file = join(place, 'file');
  writeFileSync(file, '');
  await assert.rejects(CredentialFolder.open(join(file, 'below')), { code: 'folder_unusable' });
  await assert.rejects(CredentialFolder.open(file), { code: 'folder_unusable' });
  const folder = await CredentialFolder.open(join(place, 'broken'));
  mkdirSync(join(folder.path, 'account.pem'));
  await assert.rejects(folder.accountKey(), { code: 'folder_unusable' });
  chmodSync(folder.path, 0o700);
});
