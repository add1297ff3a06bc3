/** What every case works with: a Mortise server on the compiled dist/, one resource, clients of each method, and their certificates. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess } from './process.ts';

export const launcher = 'packages/server/bin/mortise.js';
export const resource = 'https://payments.example';
export const scope = 'payments:write';
const anyPort = '127.0.0.1:0';

/** Starts `mortise serve` on a data directory, on free ports of loopback. */
export function startMortise(
  data: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const listeners = ['public', 'mtls', 'pki', 'metrics'].flatMap((name) => [`--listen-${name}`, anyPort]);
  return ServerProcess.start([launcher, 'serve', '--data', data, ...listeners], {
    MORTISE_LOG_LEVEL: 'error',
    ...environment,
  });
}

export interface Endpoints {
  issuer: string;
  mtls: string;
  publicPort: number;
  mtlsPort: number;
  pkiPort: number;
}

export class Fixture {
  readonly folder = mkdtempSync(join(tmpdir(), 'mortise-bench-'));
  server!: ServerProcess;
  endpoints!: Endpoints;
  secret = '';
  readonly assertionKey: KeyObject;
  readonly #assertionPublicKey: KeyObject;

  private constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.assertionKey = privateKey;
    this.#assertionPublicKey = publicKey;
  }

  static async open(): Promise<Fixture> {
    const fixture = new Fixture();
    await fixture.start();
    fixture.#register();
    return fixture;
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  get assertionPublicKeyPem(): string {
    return this.#assertionPublicKey.export({ type: 'spki', format: 'pem' }) as string;
  }

  async start(): Promise<void> {
    this.server = await startMortise(this.data);
    const { issuer, mtls, listening } = this.server.ready as {
      issuer: string;
      mtls: string;
      listening: { public: string; mtls: string; pki: string };
    };
    const port = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));
    this.endpoints = {
      issuer,
      mtls,
      publicPort: port(listening.public),
      mtlsPort: port(listening.mtls),
      pkiPort: port(listening.pki),
    };
  }

  run(...command: string[]): Record<string, unknown> {
    const words = [launcher, ...command, '--data', this.data, '--json'];
    return JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })) as Record<string, unknown>;
  }

  pem(name: string, file: 'key.pem' | 'cert.pem' | 'ca.pem'): string {
    return readFileSync(join(this.folder, name, file), 'utf8');
  }

  write(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  async close(): Promise<void> {
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #register(): void {
    this.run('resource', 'create', resource, '--scope', scope);
    const common = ['--scope', scope, '--resource', resource];
    this.secret = String(this.run('client', 'create', 'secret-client', ...common)['client_secret']);
    this.run('client', 'create', 'tls-client', '--token-endpoint-auth-method', 'tls_client_auth', ...common);
    const jwk = {
      ...this.#assertionPublicKey.export({ format: 'jwk' }),
      kid: 'bench',
      alg: 'ES256',
      use: 'sig',
    };
    const jwks = this.write('jwks.json', JSON.stringify({ keys: [jwk] }));
    this.run(
      ...['client', 'create', 'jwt-client', '--token-endpoint-auth-method', 'private_key_jwt'],
      ...['--jwks', jwks, ...common],
    );
    for (const name of ['tls-client', 'server']) mkdirSync(join(this.folder, name));
    this.run('certificate', 'issue', '--client', 'tls-client', '--out', join(this.folder, 'tls-client'));
    this.run(
      ...['certificate', 'issue', '--profile', 'server', '--name', 'localhost'],
      ...['--out', join(this.folder, 'server')],
    );
  }

  /** A fresh `private_key_jwt` assertion for this audience (RFC 7523 §3). */
  assertion(audience: string, clientId = 'jwt-client'): string {
    const now = Math.floor(Date.now() / 1000);
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = {
      iss: clientId,
      sub: clientId,
      aud: audience,
      jti: randomUUID(),
      iat: now,
      exp: now + 290,
    };
    const input = `${encode({ alg: 'ES256', kid: 'bench' })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(input), {
      key: this.assertionKey,
      dsaEncoding: 'ieee-p1363',
    });
    return `${input}.${signature.toString('base64url')}`;
  }
}

/** One prepared request, base64, as the load's file holds it. */
export function prepared(
  path: string,
  form: Record<string, string>,
  headers: readonly string[] = [],
): string {
  const body = new URLSearchParams(form).toString();
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: localhost',
    'content-type: application/x-www-form-urlencoded',
    `content-length: ${body.length}`,
    ...headers,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`).toString('base64');
}
