import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const workspace = fileURLToPath(new URL('../../..', import.meta.url));

test('every TypeScript example of the README compiles', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const examples = Array.from(readme.matchAll(/```ts\n(.*?)```/gs), ([, code]) => code ?? '');
  assert.ok(examples.length > 0);
  // Below node_modules, so that the packages are found as in a program that has installed them.
  const cache = join(workspace, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'readme-'));
  try {
    for (const [index, code] of examples.entries()) writeFileSync(join(folder, `example-${index}.mts`), code);
    const configuration = { extends: join(workspace, 'tsconfig.json'), include: ['*.mts'], exclude: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration));
    const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
    const { stdout, status } = spawnSync(process.execPath, [compiler, '--project', folder], {
      encoding: 'utf8',
    });
    assert.equal(stdout, '');
    assert.equal(status, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
