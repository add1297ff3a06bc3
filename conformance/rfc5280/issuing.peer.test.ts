import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { issueEveryProfile } from './making/issue-every-profile.ts';

const run = promisify(execFile);

for (const keyType of ['ec-p256', 'rsa-2048', 'ed25519'] as const) {
  test(`openssl verify -x509_strict takes every shipped profile of a ${keyType} authority`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'mortise-issuing-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    for (const { profile, certificate, chain, root, at } of await issueEveryProfile(t, keyType)) {
      const file = (name: string, text: string): string => {
        const path = join(folder, `${profile}-${name}.pem`);
        writeFileSync(path, text);
        return path;
      };
      const leaf = file('leaf', certificate.toPem());
      const rest = file('chain', chain.map((each) => each.toPem()).join(''));
      const anchor = file('root', root.toPem());
      const seconds = String(Math.floor(at / 1000));
      const untrusted = chain.length === 0 ? [] : ['-untrusted', rest];
      const { stdout } = await run('openssl', [
        ...['verify', '-x509_strict', '-attime', seconds, '-CAfile', anchor, ...untrusted, leaf],
      ]);
      assert.match(stdout, /: OK$/m, profile);
    }
  });
}
