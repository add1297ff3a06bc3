/** The connections of the load to one target: a lane is one connection at a time with one request in flight. */
import net from 'node:net';
import tls from 'node:tls';
import type { LoadTarget, TargetResult } from './order.ts';
import { ResponseReader } from './response-reader.ts';

/** The next request, or undefined when the slice is over. */
export type Take = () => Buffer | undefined;

/** Sends requests one after the other until there is none; resolves when the last is answered. */
export interface Lane {
  run(take: Take): Promise<void>;
  close(): void;
}

export function openLanes(target: LoadTarget, result: TargetResult): Lane[] {
  if (target.ca === undefined) {
    const { host, port } = target;
    const connectPlain = (): net.Socket => net.connect({ host, port, noDelay: true });
    return Array.from({ length: target.connections }, () => keptLane(connectPlain, 'connect', result));
  }
  const secureContext = tls.createSecureContext({
    ca: target.ca,
    ...(target.key !== undefined && { key: target.key, cert: target.certificate }),
  });
  const connect = (session?: Buffer): tls.TLSSocket => {
    const socket = tls.connect({
      host: target.host,
      port: target.port,
      servername: 'localhost',
      secureContext,
      ...(session && { session }),
    });
    socket.setNoDelay(true);
    return socket;
  };
  return Array.from({ length: target.connections }, () =>
    target.connection === 'kept'
      ? keptLane(connect, 'secureConnect', result)
      : reconnectingLane(connect, result, target.connection === 'resumed'),
  );
}

type Connect = (session?: Buffer) => tls.TLSSocket;

function count(result: TargetResult, status: string, body: () => string): void {
  if (Object.keys(result.statuses).length === 0) result.firstBody = body();
  result.statuses[status] = (result.statuses[status] ?? 0) + 1;
}

/** One connection for everything. */
function keptLane(
  connect: () => net.Socket,
  connected: 'connect' | 'secureConnect',
  result: TargetResult,
): Lane {
  let socket: net.Socket | undefined;
  let take: Take = () => undefined;
  let done: () => void = () => undefined;
  const send = (): void => {
    const request = take();
    if (request === undefined) done();
    else socket!.write(request);
  };
  const open = (): net.Socket => {
    const opened = connect();
    const reader = new ResponseReader((status, body) => {
      count(result, status, body);
      send();
    });
    opened.on(connected, send);
    opened.on('data', (chunk: Buffer) => reader.push(chunk));
    opened.on('error', () => {
      result.failures += 1;
    });
    opened.on('close', () => {
      socket = undefined;
      done();
    });
    return opened;
  };
  return {
    run: (next) =>
      new Promise((resolve) => {
        take = next;
        done = resolve;
        if (socket === undefined) socket = open();
        else send();
      }),
    close: () => socket?.destroy(),
  };
}

/** A connection for each request; where sessions are resumed, each hands its session to the next. */
function reconnectingLane(connect: Connect, result: TargetResult, resume: boolean): Lane {
  let session: Buffer | undefined;
  const once = (request: Buffer): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(resume ? session : undefined);
      const reader = new ResponseReader((status, body) => {
        count(result, status, body);
        if (socket.isSessionReused()) result.resumed += 1;
        socket.destroy();
      });
      if (resume) {
        socket.on('session', (offered: Buffer) => {
          session = offered;
        });
      }
      socket.on('secureConnect', () => socket.write(request));
      socket.on('data', (chunk: Buffer) => reader.push(chunk));
      socket.on('error', () => {
        result.failures += 1;
      });
      socket.on('close', () => resolve());
    });
  return {
    async run(take) {
      for (let request = take(); request !== undefined; request = take()) await once(request);
    },
    close: () => undefined,
  };
}
