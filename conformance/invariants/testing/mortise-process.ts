/** The `mortise` program on the sources, in a process of its own; `bin/mortise.js` runs the compiled one. */
import { main } from '../../../packages/server/src/main.ts';

process.exitCode = await main(process.argv.slice(2));
