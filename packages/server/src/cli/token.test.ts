import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { runCommand } from './testing/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'mortise-token-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
before(() => {
  file('server.json', JSON.stringify({ issuer: 'https://localhost:9', mtls: 'https://localhost:9' }));
});
after(() => rmSync(folder, { recursive: true }));

const ca = file('ca.pem', '');
const key = file(
  'key.pem',
  generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
);
const another = file('cert.pem', rootCertificates[0]!);
const wrong: [string, string[], RegExp][] = [
  ['an empty secret', ['--secret-file', file('empty', '\n')], /clientSecret/],
  ['a file that holds no private key', ['--private-key', file('text', 'no key')], /private key/],
  ['a resource that is no URI', ['--secret-file', file('secret', 'x'), '--resource', 'x'], /resource/],
  ['the key of another certificate', ['--cert', another, '--key', key], /the certificate is for another key/],
  ['no proof at all', [], /say how the client proves itself/],
];
for (const [what, flags, expected] of wrong) {
  test(`token with ${what} is wrong use, said in one line`, async () => {
    const result = await runCommand(['token', '--client-id', 'a', '--data', folder, '--ca', ca, ...flags]);
    assert.equal(result.status, 2);
    assert.match(result.stderr, expected);
    assert.match(result.stderr, /^mortise: [^\n]+\n$/);
    assert.equal(result.stdout, '');
  });
}
