/**
 * Runs the tests. `npm test`: everything that needs only Node. `npm run test:peers`: what needs Debian packages
 * (files named `*.peer.test.ts`). Arguments filter by path. With CI=true a skipped test is a failure.
 */
import { glob } from 'node:fs/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const wantsPeers = process.argv.includes('--peers');
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

const found: string[] = [];
for await (const file of glob('{testing,packages,conformance,examples,scripts,bench}/**/*.test.ts', {
  exclude: (name) => name === 'node_modules' || name === 'dist',
})) {
  found.push(file);
}
const matching = found
  .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)))
  .sort();
const peers = matching.filter((file) => file.endsWith('.peer.test.ts'));
const files = wantsPeers ? peers : matching.filter((file) => !file.endsWith('.peer.test.ts'));
if (files.length === 0) {
  process.stderr.write('no test file matches\n');
  process.exit(2);
}

const skipped: string[] = [];
let failed = false;
const stream = run({
  files,
  concurrency: 2,
  execArgv: ['--conditions=mortise-source', '--disable-warning=ExperimentalWarning'],
  timeout: 20 * 60_000,
});
stream.on('test:fail', () => {
  failed = true;
});
stream.on('test:pass', (event) => {
  if (event.skip !== undefined) skipped.push(`${event.file ?? ''}: ${event.name} (${String(event.skip)})`);
});
for await (const chunk of stream.compose(spec)) process.stdout.write(chunk as Buffer);

for (const line of skipped) process.stdout.write(`skipped: ${line}\n`);
if (!wantsPeers && peers.length > 0) {
  process.stdout.write(
    `skipped: ${peers.length} files that need PostgreSQL or other Debian packages (run them with: npm run test:peers)\n`,
  );
}
if (process.env['CI'] === 'true' && skipped.length > 0) {
  process.stdout.write(`with CI=true nothing may be skipped, and ${skipped.length} were\n`);
  failed = true;
}
process.exitCode = failed ? 1 : 0;
