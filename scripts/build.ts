/** Compiles each package to its dist/ with tsc: the order is that of the imports between them. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';

for (const name of ['x509', 'resource-server', 'client', 'server']) {
  rmSync(`packages/${name}/dist`, { recursive: true, force: true });
  const { status } = spawnSync('tsc', ['--project', `packages/${name}/tsconfig.build.json`], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}
