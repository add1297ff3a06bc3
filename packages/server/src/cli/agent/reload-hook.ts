import { spawn } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Credential } from '@mortise/client';
import type { Log } from '../../start/log.ts';
import type { AgentSettings } from './agent-settings.ts';

/** How the last run ended; `at` in epoch milliseconds. */
export interface LastReload {
  readonly at: number;
  readonly ok: boolean;
  /** Why it failed. */
  readonly reason?: string;
}

interface Outcome {
  readonly reason: string | undefined;
  readonly output: string;
}

/** How long a command that was asked to end has for it. */
const endingMs = 5000;
const keptOutputBytes = 2048;

/**
 * Runs the command that has a service read its new certificate, one at a time and each to its end or its time limit. A failure
 * is reported; it changes nothing about the certificate.
 */
export class ReloadHook {
  readonly #settings: AgentSettings;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #clock: () => number;
  readonly #log: Log;
  #running: Promise<void> = Promise.resolve();
  #last: LastReload | undefined;

  constructor(options: {
    readonly settings: AgentSettings;
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly clock: () => number;
    readonly log: Log;
  }) {
    this.#settings = options.settings;
    this.#environment = options.environment;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  get last(): LastReload | undefined {
    return this.#last;
  }

  /** Runs it for a new certificate, after those under way. */
  run(credential: Credential): void {
    const { reload } = this.#settings;
    if (reload === undefined) return;
    this.#running = this.#running.then(() => this.#run(reload, credential));
  }

  /** Runs it for a certificate whose service was not told: the agent ended in between, or the command failed. */
  async catchUp(credential: Credential | undefined): Promise<void> {
    if (credential === undefined || this.#told() === credential.certificate.fingerprint256) return;
    this.run(credential);
    await this.idle();
  }

  /** Resolves when none is under way. */
  idle(): Promise<void> {
    return this.#running;
  }

  async #run(command: string, credential: Credential): Promise<void> {
    const { fingerprint256 } = credential.certificate;
    const { reason, output } = await this.#execute(command, credential);
    const details = { fingerprint256, ...(output === '' ? {} : { output }) };
    this.#last = { at: this.#clock(), ok: reason === undefined, ...(reason === undefined ? {} : { reason }) };
    if (reason !== undefined) {
      this.#log.error({ ...details, reason }, 'the reload command failed');
      return;
    }
    this.#log.info(details, 'reloaded');
    try {
      const path = this.#markPath();
      writeFileSync(`${path}.new`, `${fingerprint256}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch (error) {
      this.#log.warn({ err: error }, 'it cannot be noted that the service has reloaded');
    }
  }

  #execute(command: string, { certificate }: Credential): Promise<Outcome> {
    const { out, reloadTimeoutSeconds } = this.#settings;
    const { MORTISE_EAB_HMAC_KEY: _secret, ...environment } = this.#environment;
    const child = spawn('/bin/sh', ['-c', command], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...environment,
        MORTISE_CERTIFICATE_DIR: out,
        MORTISE_CERTIFICATE_FINGERPRINT: certificate.fingerprint256,
        MORTISE_CERTIFICATE_NOT_AFTER: new Date(certificate.notAfter).toISOString(),
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-keptOutputBytes);
      });
    }
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    let timedOut = false;
    // A group of its own: what the shell started ends with it.
    const end = (signal: NodeJS.Signals): void => {
      try {
        process.kill(-child.pid!, signal);
      } catch {
        // it has ended already
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      end('SIGTERM');
      setTimeout(() => end('SIGKILL'), endingMs).unref();
    }, reloadTimeoutSeconds * 1000);
    const settle = (reason: string | undefined): void => {
      clearTimeout(timer);
      // What it left in the background may hold these open for ever.
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ reason: timedOut ? `not done after ${reloadTimeoutSeconds} seconds` : reason, output });
    };
    child.once('error', (error: NodeJS.ErrnoException) => settle(`it cannot be run (${error.code})`));
    child.once('exit', (code, signal) => {
      if (timedOut) end('SIGKILL');
      // Lets what was written before the end be read.
      setImmediate(() => settle(code === 0 ? undefined : `ended with ${signal ?? `status ${code}`}`));
    });
    return promise;
  }

  #markPath(): string {
    return join(this.#settings.out, 'reloaded');
  }

  #told(): string | undefined {
    if (this.#settings.reload === undefined) return undefined;
    try {
      return readFileSync(this.#markPath(), 'utf8').trim();
    } catch {
      return undefined;
    }
  }
}
