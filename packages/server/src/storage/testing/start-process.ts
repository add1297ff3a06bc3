import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Line } from './storage-process.ts';

const program = fileURLToPath(new URL('./storage-process.ts', import.meta.url));

/** A storage in a process of its own. */
export interface StorageProcess {
  /** What it has printed, as it comes. */
  readonly lines: AsyncIterable<Line>;
  /** `kill -9`; resolves when it is gone. */
  kill(): Promise<void>;
}

export function startProcess(args: readonly string[], options: SpawnOptions = {}): StorageProcess {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=mortise-source', '--disable-warning=ExperimentalWarning', program, ...args],
    { ...options, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  return {
    lines: linesOf(child),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function* linesOf(child: ChildProcess): AsyncIterable<Line> {
  if (child.stdout === null) return;
  for await (const line of createInterface({ input: child.stdout })) {
    // The last one may be cut off by the kill.
    if (line.endsWith('}')) yield JSON.parse(line) as Line;
  }
}
