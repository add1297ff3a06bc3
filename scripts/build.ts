/**
 * Compiles each package to its dist/ with tsc, in the order of the imports between them; with the name of a package, that one
 * and those before it, whose types it needs. Runs from any folder.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

const names = ['x509', 'resource-server', 'client', 'server'];
const last = process.argv[2] ?? 'server';
if (!names.includes(last)) {
  process.stderr.write(`there is no package ${last}; there are ${names.join(', ')}\n`);
  process.exit(2);
}
process.chdir(dirname(import.meta.dirname));
for (const name of names.slice(0, names.indexOf(last) + 1)) {
  rmSync(`packages/${name}/dist`, { recursive: true, force: true });
  const { status } = spawnSync('tsc', ['--project', `packages/${name}/tsconfig.build.json`], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}
