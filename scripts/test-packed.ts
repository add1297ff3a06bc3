/**
 * Tests what ships: packs the packages, installs the tarballs in an empty folder and runs the quickstart there; and `@mortise/x509` alone in
 * another, where its example runs.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const run = (cwd: string, command: string, ...words: string[]): void => {
  execFileSync(command, words, { cwd, stdio: 'inherit' });
};

const folder = mkdtempSync(join(tmpdir(), 'mortise-packed-'));
try {
  const names = ['x509', 'resource-server', 'client', 'server'];
  // Packing builds: whoever publishes from a fresh clone must not publish a package without its code.
  for (const name of names) rmSync(`packages/${name}/dist`, { recursive: true, force: true });
  for (const name of names) {
    run('.', 'npm', 'pack', '--silent', '--pack-destination', folder, '--workspace', `packages/${name}`);
  }
  const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  if (tarballs.length !== 4) throw new Error(`expected 4 tarballs, found ${tarballs.join(', ')}`);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', ...tarballs.map((file) => `./${file}`));
  cpSync('examples', join(folder, 'examples'), { recursive: true });
  run(folder, process.execPath, 'examples/quickstart/main.ts', '--exit');
  run(folder, 'npx', 'mortise', '--version');
  run(
    folder,
    process.execPath,
    '--eval',
    'const { validatePath } = require("@mortise/x509"); if (typeof validatePath !== "function") throw new Error("no validatePath from CommonJS")',
  );
  const alone = join(folder, 'alone');
  mkdirSync(alone);
  writeFileSync(join(alone, 'package.json'), '{ "private": true, "type": "module" }\n');
  const x509 = tarballs.find((file) => file.includes('x509'))!;
  run(alone, 'npm', 'install', '--no-audit', '--no-fund', `../${x509}`);
  const installed = readdirSync(join(alone, 'node_modules')).filter((name) => !name.startsWith('.'));
  if (installed.join() !== '@mortise') throw new Error(`x509 brought ${installed.join(', ')}`);
  cpSync('examples/validate-a-chain/main.ts', join(alone, 'main.ts'));
  run(alone, process.execPath, 'main.ts');
  process.stdout.write('the packed packages work in an empty folder\n');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
