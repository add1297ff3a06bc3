import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Line } from './storage-process.ts';

const nodeArguments = ['--conditions=mortise-source', '--disable-warning=ExperimentalWarning'];
const program = fileURLToPath(new URL('./storage-process.ts', import.meta.url));

/** A storage in a process of its own. */
export interface StorageProcess {
  /** What it has printed, as it comes. */
  readonly lines: AsyncIterable<Line>;
  /** `kill -9`; resolves when it is gone. */
  kill(): Promise<void>;
}

export function startProcess(args: readonly string[], options: SpawnOptions = {}): StorageProcess {
  return start([process.execPath, ...nodeArguments, program, ...args], options);
}

/** The same, held by the modes of files also where the tests run as root. */
export function startUnprivilegedProcess(args: readonly string[]): StorageProcess {
  const command = [process.execPath, ...nodeArguments, program, ...args];
  if (process.getuid?.() !== 0) return start(command, {});
  // Another user could perhaps not read this checkout; root without these capabilities can, as its owner.
  return start(['setpriv', '--bounding-set=-dac_override,-dac_read_search', ...command], {});
}

function start([command, ...words]: readonly string[], options: SpawnOptions): StorageProcess {
  const child: ChildProcess = spawn(command!, words, { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
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
