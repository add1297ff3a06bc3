/** Child processes of the bench: started on one core, with their memory read from /proc. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

const pinning = existsSync('/usr/bin/taskset');
export const serverCore = 0;
export const loadCore = 1;

/** The command that runs `node` with these arguments on one core (where `taskset` exists). */
function onCore(core: number, nodeArguments: readonly string[]): [string, string[]] {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', ...nodeArguments];
  const command = pinning ? ['taskset', '-c', String(core), ...node] : node;
  return [command[0] as string, command.slice(1)];
}

export class ServerProcess {
  readonly ready: Record<string, unknown>;
  readonly startedInMs: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: Record<string, unknown>, startedInMs: number) {
    this.#child = child;
    this.ready = ready;
    this.startedInMs = startedInMs;
  }

  /** Starts `node ...nodeArguments` and waits for its first line on stdout, a JSON object. */
  static async start(
    nodeArguments: readonly string[],
    env: Record<string, string> = {},
  ): Promise<ServerProcess> {
    const started = performance.now();
    const [command, rest] = onCore(serverCore, nodeArguments);
    const child = spawn(command, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env, NODE_ENV: 'production' },
    });
    let complaints = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaints = (complaints + chunk.toString()).slice(-4000);
    });
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      child.once('exit', (code) =>
        reject(new Error(`${nodeArguments.join(' ')} ended with ${code}: ${complaints}`)),
      );
    });
    return new ServerProcess(child, JSON.parse(line) as Record<string, unknown>, performance.now() - started);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resident memory in MB; NaN where there is no /proc. */
  residentMb(): number {
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, 'latin1');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    } catch {
      return Number.NaN;
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
  }
}

/** Runs a script on the load's core with a JSON order on stdin; resolves with the JSON it prints. */
export async function runLoad<Result>(script: string, order: unknown): Promise<Result> {
  const [command, rest] = onCore(loadCore, [script]);
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(order));
  const [output, code] = await Promise.all([
    text(child.stdout),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ]);
  if (code !== 0) throw new Error(`the load ended with ${code}`);
  return JSON.parse(output) as Result;
}
