import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export interface Daemon {
  /** What it said so far, and wrote to its log. */
  readonly said: () => string;
  /** Whether it ended. */
  readonly ended: () => boolean;
  signal(signal: NodeJS.Signals): void;
  /** Ends it in order; resolves when it is gone. */
  stop(): Promise<void>;
}

/** A program in the foreground until `stop`, at the latest until the test ends. */
export function startDaemon(
  test: TestContext,
  program: string,
  argv: readonly string[],
  options: {
    readonly cwd: string;
    readonly environment?: Readonly<Record<string, string>>;
    /** Where it writes what it does not say, in `cwd`. */
    readonly log?: string;
  },
): Daemon {
  const child = spawn(program, argv, {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'], HOME: options.cwd, LC_ALL: 'C.UTF-8', ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  let ended = false;
  const gone = once(child, 'close').then(() => {
    ended = true;
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await gone;
  };
  test.after(stop);
  const logged = (): string => {
    const path = options.log === undefined ? undefined : join(options.cwd, options.log);
    return path !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  return {
    said: () => said + logged(),
    ended: () => ended,
    signal: (signal) => void child.kill(signal),
    stop,
  };
}
