/**
 * The joint, end to end: a client gets a certificate, a bound token, and an answer; the thief with the same token gets none.
 *
 * `npm run quickstart` leaves everything running until Ctrl-C; `npm run quickstart -- --exit` ends at once, with status 1 if any
 * step was not as expected.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Household } from './household.ts';
import { steps } from './steps.ts';
import { commandsToTry } from './try-it.ts';

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const folder = mkdtempSync(join(tmpdir(), 'mortise-quickstart-'));
// Whenever it ends: it holds keys. The servers may still be closing their files.
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

/** What Ctrl-C does: ends the process at once, until there is something to end in order. */
let interrupted = (): void => process.exit(130);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted());

let household: Household | undefined;
try {
  say('Starting, as you would by hand:');
  household = await Household.open(folder, (command) => say(`  $ ${command}`));
  say(`  $ node examples/protected-api/main.ts protected-api.json      (the API: ${household.apiUrl})\n`);
  let wrong = 0;
  for (const [index, step] of steps(household).entries()) {
    const { sent, came, asExpected } = await step.run();
    if (!asExpected) wrong += 1;
    say(`${index + 1}. ${step.title}`);
    say(`   → ${sent}`);
    say(`   ← ${came}   ${asExpected ? '✓' : '✗ NOT AS EXPECTED'}`);
  }
  if (wrong > 0) {
    say(`\n${wrong} steps were not as expected.`);
    process.exitCode = 1;
  }
  if (!process.argv.includes('--exit')) {
    say(commandsToTry(household));
    await new Promise<void>((resolve) => {
      interrupted = resolve;
      // Without a listener or a timer Node would find nothing left to wait for.
      setInterval(() => undefined, 60_000);
    });
  }
} catch (error) {
  say(`\nThe quickstart failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await household?.close();
}
process.exit();
