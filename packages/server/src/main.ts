import { runCommandLine } from './cli/program.ts';

/** The command line's door: runs `mortise argv…` and answers with the exit status. */
export function main(argv: string[]): Promise<number> {
  return runCommandLine(argv, {
    environment: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    now: Date.now,
    exitStatus: 0,
  });
}
