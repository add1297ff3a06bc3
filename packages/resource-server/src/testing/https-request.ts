import { Agent, type RequestOptions, request } from 'node:https';
import type { Issued } from './certificates.ts';

export interface TestAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
  /** Whether the TLS session of an earlier connection was resumed. */
  readonly resumed: boolean;
}

export interface TestRequest {
  readonly port: number;
  readonly ca: string;
  readonly path?: string;
  readonly method?: string;
  readonly certificate?: Pick<Issued, 'cert' | 'key'> | undefined;
  readonly token?: string | undefined;
  /** Names and values in turn, as `rawHeaders` has them; given instead of `token`. */
  readonly rawHeaders?: readonly string[];
  /** Default: a connection of its own. */
  readonly agent?: Agent;
  readonly tls?: Partial<RequestOptions>;
}

/** One request over real TLS. */
export function httpsRequest(options: TestRequest): Promise<TestAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<TestAnswer>();
  const headers =
    options.rawHeaders ?? (options.token === undefined ? [] : ['authorization', `Bearer ${options.token}`]);
  const outgoing = request(
    {
      host: 'localhost',
      port: options.port,
      path: options.path ?? '/',
      method: options.method ?? 'GET',
      ca: options.ca,
      ...(options.certificate !== undefined && {
        cert: options.certificate.cert,
        key: options.certificate.key,
      }),
      agent: options.agent ?? false,
      headers: ['host', `localhost:${options.port}`, ...headers],
      ...options.tls,
    },
    (incoming) => {
      const { socket } = incoming;
      const resumed =
        'isSessionReused' in socket && (socket as { isSessionReused(): boolean }).isSessionReused();
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString('utf8'),
          resumed,
        });
      });
    },
  );
  outgoing.on('error', reject);
  outgoing.end();
  return promise;
}

/** An agent that resumes TLS sessions but keeps no connection. */
export function resumingAgent(): Agent {
  return new Agent({ keepAlive: false, maxCachedSessions: 10 });
}
