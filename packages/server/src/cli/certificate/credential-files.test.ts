import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checkWritable, refuseOtherKey, writeCredentialFiles } from './credential-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'mortise-credential-'));
after(() => rmSync(folder, { recursive: true }));

test('a folder is made with those above it, and the key in it is for its owner alone', () => {
  const out = join(folder, 'a', 'b');
  checkWritable(out);
  assert.equal(existsSync(join(folder, 'a')), false, 'nothing is left of the check');
  refuseOtherKey(out);
  writeCredentialFiles(out, { privateKey: 'key', certificates: 'certificates', ca: 'ca' });
  assert.equal(statSync(out).mode & 0o777, 0o700);
  assert.equal(statSync(join(out, 'key.pem')).mode & 0o777, 0o600);
  assert.equal(readFileSync(join(out, 'cert.pem'), 'utf8'), 'certificates');
});

test('a folder that cannot be made is refused before anything is issued', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const out of [join(file, 'x'), '/proc/mortise-credential/x']) {
    assert.throws(() => checkWritable(out), { code: 'folder_unwritable', status: 2 }, out);
  }
});

test('a folder with a key is refused, one with a certificate alone is not', () => {
  const out = join(folder, 'twice');
  writeCredentialFiles(out, { certificates: 'certificates', ca: 'ca' });
  refuseOtherKey(out);
  writeCredentialFiles(out, { privateKey: 'key', certificates: 'certificates', ca: 'ca' });
  assert.throws(() => refuseOtherKey(out), {
    code: 'file_exists',
    status: 2,
    message: /key\.pem is there already.*--out.*--force/,
  });
});
