import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const README = new URL('../README.md', import.meta.url);
const EXAMPLES = [...readFileSync(README, 'utf8').matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1]!);

describe('the examples of the README run', () => {
  assert.ok(EXAMPLES.length > 0);
  for (const [index, code] of EXAMPLES.entries()) {
    it(`example ${index + 1}`, () => {
      const { status, stderr } = spawnSync(
        process.execPath,
        ['--conditions=mortise-source', '--input-type=module-typescript', '--eval', code],
        { cwd: fileURLToPath(new URL('.', README)), encoding: 'utf8' },
      );
      assert.equal(status, 0, stderr);
    });
  }
});
