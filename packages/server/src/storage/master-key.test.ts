import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadMasterKey, type MasterKey, masterKeyBytes } from './master-key.ts';
import { openStorage } from './open-storage.ts';
import { now } from './testing/records.ts';
import { temporaryFolder } from './testing/storage-for-test.ts';

const folder = temporaryFolder();
const bytes = Buffer.alloc(32, 5);
const refused = { name: 'StorageError', code: 'wrong_master_key' };

test('a key comes from a value or a file, and does not lie beside the data', () => {
  const file = join(folder, 'given.key');
  writeFileSync(file, `${bytes.toString('base64url')}\n`);
  const loaded = { masterKey: { kind: 'key', bytes }, besideData: false };
  assert.deepEqual(loadMasterKey({ file }), loaded);
  assert.deepEqual(loadMasterKey({ value: bytes.toString('base64url'), dataDirectory: folder }), loaded);
});

test('malformed, several or no sources are refused, and the key is in no message', () => {
  const value = bytes.toString('base64url');
  for (const sources of [
    { value: value.slice(1) },
    { value: `${value}AA` },
    { value: `${value.slice(0, -1)}!` },
    { value: bytes.toString('hex') },
    { value, passphrase: 'correct horse battery' },
    { passphrase: 'too short' },
    { file: join(folder, 'missing.key') },
    {},
  ]) {
    assert.throws(
      () => loadMasterKey(sources),
      (error: Error) => {
        assert.equal((error as { code?: string }).code, 'wrong_master_key');
        assert.equal(error.message.includes(value.slice(1, 20)), false);
        return true;
      },
    );
  }
});

test('a passphrase gives the same key with the same salt only, however its letters are composed', async () => {
  const key = (passphrase: string, salt: string) =>
    masterKeyBytes({ kind: 'passphrase', passphrase }, Buffer.from(salt));
  const composed = await key('caf\u00e9 horse battery', 'salt');
  assert.equal(composed.length, 32);
  assert.deepEqual(await key('cafe\u0301 horse battery', 'salt'), composed);
  assert.notDeepEqual(await key('caf\u00e9 horse battery', 'other'), composed);
});

test('the first start makes master.key for its owner alone, and the next uses it', async () => {
  const load = () => loadMasterKey({ dataDirectory: folder });
  const made = load();
  assert.equal(made.besideData, true);
  assert.equal(existsSync(join(folder, 'master.key')), false);
  const url = `sqlite:${join(folder, 'first.db')}`;
  await (await openStorage({ url, clock: () => now, masterKey: made.masterKey })).close();
  assert.equal(statSync(join(folder, 'master.key')).mode & 0o777, 0o600);
  const { masterKey } = load();
  const saved: MasterKey = { kind: 'key', bytes: (made.masterKey as { bytes: Buffer }).bytes };
  assert.deepEqual(masterKey, saved);
  await (await openStorage({ url, clock: () => now, masterKey })).close();
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('master.key.')),
    [],
  );
});

test('a database whose master key was moved away is refused, and no other key is made', async () => {
  const url = `sqlite:${join(folder, 'moved.db')}`;
  await (await openStorage({ url, clock: () => now, masterKey: { kind: 'key', bytes } })).close();
  const elsewhere = temporaryFolder();
  const { masterKey } = loadMasterKey({ dataDirectory: elsewhere });
  await assert.rejects(openStorage({ url, clock: () => now, masterKey }), refused);
  assert.deepEqual(readdirSync(elsewhere), []);
});

test('a new master key is never written over another', async () => {
  const made = loadMasterKey({ dataDirectory: temporaryFolder() }).masterKey as { path: string };
  writeFileSync(made.path, 'already there');
  const url = `sqlite:${join(folder, 'raced.db')}`;
  const open = openStorage({ url, clock: () => now, masterKey: made as MasterKey });
  await assert.rejects(open, refused);
  assert.equal(readFileSync(made.path, 'utf8'), 'already there');
});
