import { Writable } from 'node:stream';
import { runCommandLine } from '../program.ts';

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  json(): Record<string, unknown>;
}

/** Runs one command line in this process. */
export async function runCommand(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const stdout = new Collector();
  const stderr = new Collector();
  const status = await runCommandLine(argv, { environment, stdout, stderr, now: Date.now, exitStatus: 0 });
  return {
    status,
    stdout: stdout.text,
    stderr: stderr.text,
    json: () => JSON.parse(stdout.text) as Record<string, unknown>,
  };
}

class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
