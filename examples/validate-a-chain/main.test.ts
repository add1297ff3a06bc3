import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createCertificate, createKeySigner } from '@mortise/x509';

const folder = mkdtempSync(join(tmpdir(), 'mortise-chain-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(...words: string[]): { status: number | null; stdout: string } {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  return spawnSync(process.execPath, ['--conditions=mortise-source', main, ...words], { encoding: 'utf8' });
}

describe('the example that validates a chain', () => {
  it('shows a chain that holds, and that it does not once it is revoked', () => {
    const { status, stdout } = run();
    assert.equal(status, 0);
    assert.match(stdout, /^valid until /);
    assert.match(stdout, /not valid: revoked/);
  });

  it('reads files, and tells by its status whether the chain holds', async () => {
    const signer = createKeySigner(generateKeyPairSync('ed25519').privateKey);
    const certificate = await createCertificate(
      {
        subject: 'CN=a',
        issuer: 'CN=a',
        notBefore: Date.now() - 60_000,
        notAfter: Date.now() + 86_400_000,
        publicKey: signer.publicKey,
        subjectAltName: [{ type: 'dns', value: 'a.example.com' }],
      },
      signer,
    );
    const file = join(folder, 'a.pem');
    writeFileSync(file, certificate.toPem());
    assert.equal(run(file, file, 'a.example.com').status, 0);
    const refused = run(file, file, 'b.example.com');
    assert.equal(refused.status, 1);
    assert.match(refused.stdout, /name_mismatch/);
    assert.equal(run(file).status, 2);
  });
});
