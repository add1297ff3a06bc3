/** A real server in a process of its own, with a data directory of its own, and those who want something of it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { claimPort } from '../../../testing/claim-port.ts';
import { bearer, type HttpsAnswer, type HttpsRequest, httpsRequest, type Identity } from './https-request.ts';

const program = fileURLToPath(new URL('./mortise-process.ts', import.meta.url));
const nodeArguments = ['--conditions=mortise-source', '--disable-warning=ExperimentalWarning', program];

export const payments = 'https://payments.example';
export const paymentScopes = 'payments:read payments:write';

export interface Ready {
  readonly issuer: string;
  readonly mtls: string;
  readonly pki: string;
  readonly listening: Readonly<Record<(typeof listeners)[number], string>>;
}

export interface HouseOptions {
  /** More of `mortise serve`. */
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The address of its listeners; default 127.0.0.1. Another node of the same database needs another. */
  readonly host?: string;
}

/** An issued certificate. */
export interface IssuedIdentity extends Identity {
  /** PEM of the leaf alone. */
  readonly leaf: string;
  readonly fingerprint: string;
  readonly x5t: string;
}

type Listener = 'public' | 'mtls';

/** What a client sends to an OAuth endpoint. */
export interface OAuthCall
  extends Pick<HttpsRequest, 'identity' | 'headers' | 'agent' | 'localAddress' | 'version'> {
  readonly form?: Readonly<Record<string, string>>;
}

export class House {
  readonly folder: string;
  readonly data: string;
  ready!: Ready;
  ca = '';
  #options: HouseOptions;
  #child!: ChildProcess;
  #logged = '';
  #agent: Agent | undefined;
  #token: { readonly value: string; readonly cert: string } | undefined;

  private constructor(folder: string, options: HouseOptions) {
    this.folder = folder;
    this.data = join(folder, 'data');
    this.#options = options;
  }

  static async start(options: HouseOptions = {}): Promise<House> {
    const house = new House(mkdtempSync(join(tmpdir(), 'mortise-house-')), options);
    await house.restart();
    return house;
  }

  /** Starts it (again) on its data directory; `options` replace the former ones. */
  async restart(options: HouseOptions = this.#options): Promise<void> {
    this.#options = options;
    this.#forgetAdministrator();
    const words = [
      ...(options.host === undefined && !existsSync(this.data)
        ? await serveFirst(this.data)
        : serveOn(this.data, options.host)),
      '--drain-timeout-seconds',
      '0',
      ...(options.flags ?? []),
    ];
    this.#child = spawn(process.execPath, [...nodeArguments, ...words], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.environment },
      cwd: this.folder,
    });
    const { stdout, stderr } = this.#child;
    stderr!.on('data', (chunk: Buffer) => {
      this.#logged += chunk.toString();
    });
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: stdout! }).once('line', resolve);
      this.#child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${this.#logged}`)));
    });
    this.ready = JSON.parse(line) as Ready;
    this.ca = readFileSync(join(this.data, 'admin', 'ca.pem'), 'utf8');
  }

  /** All that it wrote to stderr, over all its starts. */
  get logged(): string {
    return this.#logged;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** What commands need that read its database themselves. */
  get databaseFlags(): readonly string[] {
    const { flags = [] } = this.#options;
    const at = flags.indexOf('--database-url');
    return at === -1 ? [] : flags.slice(at, at + 2);
  }

  /** `kill -9` by default; resolves when it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    await gone;
  }

  /** Ends it and deletes its folder. */
  async discard(): Promise<void> {
    this.#forgetAdministrator();
    await this.kill('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Where this node itself listens, whatever its outer names. */
  url(listener: Listener): string {
    return `https://${this.ready.listening[listener]}`;
  }

  port(listener: keyof Ready['listening']): number {
    return Number(this.ready.listening[listener].split(':').at(-1));
  }

  send(
    listener: Listener,
    path: string,
    options: Omit<HttpsRequest, 'url' | 'ca'> = {},
  ): Promise<HttpsAnswer> {
    return httpsRequest({ ca: this.ca, ...options, url: `${this.url(listener)}${path}` });
  }

  /** A token request with `client_credentials` and `payments:write`, unless the form says otherwise. */
  token(listener: Listener, { form, ...rest }: OAuthCall = {}): Promise<HttpsAnswer> {
    const grant = { grant_type: 'client_credentials', scope: 'payments:write', ...form };
    return this.send(listener, '/oauth2/token', { ...rest, form: grant });
  }

  get administrator(): Identity {
    const read = (name: string): string => readFileSync(join(this.data, 'admin', name), 'utf8');
    return { cert: read('cert.pem'), key: read('key.pem') };
  }

  /** The administrator's bound token, fetched once, and again when the server has renewed that certificate. */
  async administratorToken(): Promise<string> {
    const identity = this.administrator;
    if (this.#token?.cert !== identity.cert) {
      const answer = await this.token('mtls', {
        identity,
        form: {
          client_id: 'admin',
          scope: 'mortise:read mortise:admin',
          resource: `${this.ready.mtls}/admin/v1`,
        },
      });
      if (answer.status !== 200) throw new Error(`no token for the administrator: ${answer.text}`);
      this.#token = { value: String(answer.body['access_token']), cert: identity.cert };
    }
    return this.#token.value;
  }

  /** The admin API over one kept connection, whatever the answer. */
  async ask(method: string, path: string, json?: unknown): Promise<HttpsAnswer> {
    const token = await this.administratorToken();
    this.#agent ??= new Agent({ keepAlive: true, maxSockets: 8 });
    return this.send('mtls', `/admin/v1${path}`, {
      method,
      identity: this.administrator,
      headers: bearer(token),
      agent: this.#agent,
      ...(json !== undefined && { json }),
    });
  }

  /** The admin API, where only success is expected. */
  async administer(method: string, path: string, json?: unknown): Promise<Record<string, unknown>> {
    const answer = await this.ask(method, path, json);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  resource(resourceServers: readonly string[] = [], more: object = {}): Promise<Record<string, unknown>> {
    return this.administer('POST', '/resources', {
      resource: payments,
      scopes_supported: paymentScopes.split(' '),
      resource_servers: resourceServers,
      ...more,
    });
  }

  /** Registers a client for the payments; answers its secret, if it has one. */
  async client(id: string, metadata: object = {}): Promise<string> {
    const registered = await this.administer('POST', '/clients', {
      client_id: id,
      scope: paymentScopes,
      resources: [payments],
      ...metadata,
    });
    return String(registered['client_secret'] ?? '');
  }

  /** A certificate of the server's own authority for a client. */
  async certificate(clientId: string): Promise<IssuedIdentity> {
    const issued = await this.administer('POST', '/certificates', { client_id: clientId });
    return {
      cert: String(issued['certificates']),
      key: String(issued['private_key']),
      leaf: String(issued['certificate']),
      fingerprint: String(issued['fingerprint256']),
      x5t: String(issued['x5t#S256']),
    };
  }

  /** A client of `tls_client_auth` with its certificate. */
  async certified(id: string, metadata: object = {}): Promise<IssuedIdentity> {
    await this.client(id, { token_endpoint_auth_method: 'tls_client_auth', ...metadata });
    return this.certificate(id);
  }

  /** The private reasons of the latest refusals in the name of a client, newest first. */
  async reasons(clientId: string): Promise<string[]> {
    const { items } = await this.administer('GET', `/clients/${clientId}/refusals`);
    return (items as { reason: { code: string } }[]).map(({ reason }) => reason.code);
  }

  /** Runs one command of `mortise` to its end. */
  command(...words: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
    return mortise([...words, '--data', this.data]);
  }

  #forgetAdministrator(): void {
    this.#agent?.destroy();
    this.#agent = undefined;
    this.#token = undefined;
  }
}

const listeners = ['public', 'mtls', 'pki', 'metrics'] as const;

/** The words that start a server on the ports that its data directory or database remembers. */
export function serveOn(data: string, host = '127.0.0.1'): string[] {
  return ['serve', '--data', data, ...listeners.flatMap((name) => [`--listen-${name}`, `${host}:0`])];
}

/** The words that start it for the first time, on ports to which it can come back. */
async function serveFirst(data: string): Promise<string[]> {
  const words = ['serve', '--data', data];
  for (const name of listeners) words.push(`--listen-${name}`, `127.0.0.1:${await claimPort()}`);
  return words;
}

/** Runs `mortise words…` in a process of its own, to its end. */
export function mortise(
  words: readonly string[],
  options: { readonly environment?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...options.environment };
    const child = execFile(
      process.execPath,
      [...nodeArguments, ...words],
      { env, ...(options.cwd !== undefined && { cwd: options.cwd }) },
      (_error, stdout, stderr) => resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
