/** The `mortise` program on the sources, in a process of its own; `bin/mortise.js` runs the compiled one. */
import { main } from '../../../packages/server/src/main.ts';

// A server must not outlive the test that started it, however that ended.
if (process.argv[2] === 'serve') {
  process.stdin.once('end', () => process.exit(1)).resume();
  process.stdin.unref();
}

process.exitCode = await main(process.argv.slice(2));
