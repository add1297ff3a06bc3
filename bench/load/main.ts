/**
 * The load: prepared bytes over raw TLS sockets, so that it costs less than what it measures. Reads one JSON `LoadOrder` from
 * stdin, prints one JSON `LoadResult` on stdout.
 */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import { isMainThread } from 'node:worker_threads';
import { ResponseReader } from './response-reader.ts';

export interface LoadOrder {
  host: string;
  port: number;
  /** PEM. Without key and certificate the connection presents none. */
  ca: string;
  key?: string | undefined;
  certificate?: string | undefined;
  /** `kept`: every connection carries many requests. `full`, `resumed`: one request a connection. */
  connection: 'kept' | 'full' | 'resumed';
  connections: number;
  /** File with one request a line, base64; repeated round and round unless `once`. */
  requestsFile: string;
  once: boolean;
  durationMs: number;
  /** Ends the run early, after this many answers. */
  most?: number | undefined;
}

export interface LoadResult {
  answers: number;
  seconds: number;
  /** Counts by HTTP status. */
  statuses: Record<string, number>;
  firstBody: string;
  failures: number;
  resumed: number;
}

async function load(order: LoadOrder): Promise<LoadResult> {
  const requests = readFileSync(order.requestsFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => Buffer.from(line, 'base64'));
  const result: LoadResult = { answers: 0, seconds: 0, statuses: {}, firstBody: '', failures: 0, resumed: 0 };
  const secureContext = tls.createSecureContext({
    ca: order.ca,
    ...(order.key !== undefined && { key: order.key, cert: order.certificate }),
  });
  const started = process.hrtime.bigint();
  const deadline = started + BigInt(order.durationMs) * 1_000_000n;
  let next = 0;

  const take = (): Buffer | undefined => {
    if (process.hrtime.bigint() >= deadline) return undefined;
    if (order.most !== undefined && next >= order.most) return undefined;
    if (order.once && next >= requests.length) return undefined;
    return requests[next++ % requests.length];
  };
  const count = (status: string, body: () => string): void => {
    result.answers += 1;
    result.statuses[status] = (result.statuses[status] ?? 0) + 1;
    if (result.answers === 1) result.firstBody = body();
  };
  const connect = (session?: Buffer): tls.TLSSocket => {
    const socket = tls.connect({
      host: order.host,
      port: order.port,
      servername: 'localhost',
      secureContext,
      ...(session && { session }),
    });
    socket.setNoDelay(true);
    return socket;
  };

  /** One kept-alive connection, one request in flight. */
  const keep = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect();
      const reader = new ResponseReader((status, body) => {
        count(status, body);
        const request = take();
        if (request === undefined) socket.end();
        else socket.write(request);
      });
      socket.on('secureConnect', () => socket.write(take() ?? requests[0]!));
      socket.on('data', (chunk: Buffer) => reader.push(chunk));
      socket.on('error', () => {
        result.failures += 1;
      });
      socket.on('close', () => resolve());
    });

  /** One connection a request; `resumed` hands each connection's session to the next. */
  const reconnect = async (): Promise<void> => {
    let session: Buffer | undefined;
    for (let request = take(); request !== undefined; request = take()) {
      const bytes = request;
      await new Promise<void>((resolve) => {
        const socket = connect(order.connection === 'resumed' ? session : undefined);
        const reader = new ResponseReader((status, body) => {
          count(status, body);
          if (socket.isSessionReused()) result.resumed += 1;
          socket.destroy();
        });
        socket.on('session', (offered: Buffer) => {
          session = offered;
        });
        socket.on('secureConnect', () => socket.write(bytes));
        socket.on('data', (chunk: Buffer) => reader.push(chunk));
        socket.on('error', () => {
          result.failures += 1;
        });
        socket.on('close', () => resolve());
      });
    }
  };

  await Promise.all(
    Array.from({ length: order.connections }, order.connection === 'kept' ? keep : reconnect),
  );
  result.seconds = Number(process.hrtime.bigint() - started) / 1e9;
  return result;
}

if (isMainThread && import.meta.main) {
  const order = JSON.parse(await text(process.stdin)) as LoadOrder;
  process.stdout.write(JSON.stringify(await load(order)));
}
