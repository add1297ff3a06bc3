import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { claimPort } from '../../../../../testing/claim-port.ts';
import { loadConfig } from '../../config/index.ts';
import { type RunningServer, startServer } from '../../server.ts';
import { createLog } from '../log.ts';

export interface TestServer extends RunningServer {
  readonly data: string;
  /** What it logged so far. */
  readonly logged: () => string;
  /** PEM of its root. */
  readonly ca: string;
  /** Stops it and deletes its folder. */
  discard(): Promise<void>;
}

/** Those of the loopback that the system gives, or that the data directory or the database remembers. */
export const anyPorts = {
  listenPublic: '127.0.0.1:0',
  listenMtls: '127.0.0.1:0',
  listenPki: '127.0.0.1:0',
  listenMetrics: '127.0.0.1:0',
};

/** Those to which a server can come back that is started again. */
async function claimedPorts(): Promise<typeof anyPorts> {
  return {
    listenPublic: `127.0.0.1:${await claimPort()}`,
    listenMtls: `127.0.0.1:${await claimPort()}`,
    listenPki: `127.0.0.1:${await claimPort()}`,
    listenMetrics: `127.0.0.1:${await claimPort()}`,
  };
}

/** A whole server on SQLite in a folder of its own. */
export async function startTestServer(
  options: {
    readonly data?: string;
    readonly flags?: Readonly<Record<string, unknown>>;
    readonly environment?: Readonly<Record<string, string>>;
    /** Default: the present. */
    readonly clock?: () => number;
  } = {},
): Promise<TestServer> {
  const data = options.data ?? join(mkdtempSync(join(tmpdir(), 'mortise-server-')), 'data');
  const ports = existsSync(data) ? anyPorts : await claimedPorts();
  const { config } = await loadConfig({
    flags: { ...ports, data, drainTimeoutSeconds: 0, ...options.flags },
    environment: {},
  });
  let logged = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  });
  const log = createLog('info', sink);
  const running = await startServer({
    config,
    environment: options.environment ?? {},
    log,
    clock: options.clock ?? Date.now,
  });
  return {
    ...running,
    data,
    logged: () => logged,
    ca: readFileSync(join(data, 'admin', 'ca.pem'), 'utf8'),
    discard: async () => {
      await running.close();
      rmSync(join(data, '..'), { recursive: true, force: true });
    },
  };
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  json(): Record<string, unknown>;
}

/** One request on a connection of its own. */
export function send(
  url: string,
  options: RequestOptions & { readonly body?: string | URLSearchParams } = {},
): Promise<TestAnswer> {
  const { body, ...rest } = options;
  const form = body instanceof URLSearchParams ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        agent: false,
        servername: new URL(url).hostname,
        ...rest,
        headers: { ...form, ...(rest.headers as object) },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const status = incoming.statusCode ?? 0;
          resolve({
            status,
            headers: incoming.headers,
            text,
            json: () => JSON.parse(text) as Record<string, unknown>,
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body?.toString());
  });
}
