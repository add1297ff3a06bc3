/** Runs the `mortise` program as its user would: `serve` in the background, every other command to its end. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** What `mortise serve` prints when it accepts connections. */
export interface Ready {
  issuer: string;
  mtls: string;
  pki: string;
}

const packageFile = createRequire(import.meta.url).resolve('@mortise/server/package.json');
const launcher = join(dirname(packageFile), 'bin', 'mortise.js');

export class Mortise {
  readonly ready: Ready;
  readonly #dataDirectory: string;
  readonly #server: ChildProcess;

  private constructor(dataDirectory: string, server: ChildProcess, ready: Ready) {
    this.#dataDirectory = dataDirectory;
    this.#server = server;
    this.ready = ready;
  }

  /** Starts a server with an own data directory on free ports of loopback. */
  static async start(dataDirectory: string): Promise<Mortise> {
    const anyPort = '127.0.0.1:0';
    const listeners = ['public', 'mtls', 'pki', 'metrics'].flatMap((name) => [`--listen-${name}`, anyPort]);
    const { child, line } = await startUntilFirstLine([
      launcher,
      'serve',
      '--data',
      dataDirectory,
      ...listeners,
    ]);
    return new Mortise(dataDirectory, child, JSON.parse(line) as Ready);
  }

  /** Runs one command as the administrator and answers the JSON that it prints. */
  administer(...command: string[]): Promise<Record<string, unknown>> {
    return this.run(...command, '--data', this.#dataDirectory, '--json');
  }

  /** Runs one command and answers the JSON that it prints. */
  run(...command: string[]): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      execFile(process.execPath, [launcher, ...command], (error, stdout, stderr) => {
        if (error !== null)
          reject(new Error(`mortise ${command.join(' ')}: ${stderr.trim() || error.message}`));
        else resolve(stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>));
      });
    });
  }

  stop(): Promise<void> {
    return stopProcess(this.#server);
  }
}

/** Starts `node ...words` and waits for the first line of its stdout; what it says on stderr is told when it fails. */
export async function startUntilFirstLine(words: string[]): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-4000);
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`it ended with status ${code}: ${complaints}`)));
  });
  return { child, line };
}

/** Asks a child process to end and waits until it has. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
