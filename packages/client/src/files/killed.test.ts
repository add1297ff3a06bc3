import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { dayMs, Enrolled } from '../testing/enrolled.ts';
import { readCredential } from './credential.ts';
import { CredentialFolder } from './credential-folder.ts';

const program = fileURLToPath(new URL('../testing/renewing-process.ts', import.meta.url));
const kills = 8;

test('kill -9 at any moment of a renewal leaves a certificate with its key, and the next start goes on', async () => {
  const enrolled = await Enrolled.start();
  enrolled.acme.validity = () => ({ notBefore: Date.now() - 60_000, notAfter: Date.now() + dayMs });
  try {
    const folder = enrolled.folder();
    const options = JSON.stringify({ folder, enrolment: enrolled.enrolment() });
    for (let kill = 0; kill < kills; kill += 1) {
      const child = spawn(process.execPath, ['--conditions=mortise-source', program, options], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit');
      const said: string[] = [];
      const enough = Promise.withResolvers<void>();
      const lines = 2 + (kill % 3);
      createInterface({ input: child.stdout }).on('line', (line) => {
        said.push(line);
        if (said.length === lines) enough.resolve();
      });
      await Promise.race([enough.promise, ended.then(() => assert.fail('it ended by itself'))]);
      for (let turn = 0; turn < kill * 20; turn += 1) await setImmediate();
      child.kill('SIGKILL');
      await ended;
      const found = await (await CredentialFolder.open(folder)).read();
      assert.ok(found !== undefined, 'there is a certificate, and it is for its key');
      assert.ok(
        enrolled.acme.issued.some(
          ({ fingerprint256 }) => fingerprint256 === found.certificate.fingerprint256,
        ),
      );
      const combined = readFileSync(join(folder, 'combined.pem'), 'utf8');
      assert.equal(
        readCredential({ key: combined, cert: combined, ca: '' }).key.includes(found.key.trim()),
        true,
      );
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.endsWith('.new')),
        [],
      );
    }
    assert.equal(enrolled.acme.externalKeys.size, 0);
    assert.ok(readdirSync(join(folder, 'versions')).length <= 4);
  } finally {
    await enrolled.close();
  }
});
