import type { Server as HttpServer, ServerOptions } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { limitConnectionsPerAddress } from './connections-per-address.ts';
import { closeIdleConnections } from './idle-connections.ts';

/** Bounds of one listener. */
export interface ListenerLimits {
  readonly headerLimitBytes: number;
  readonly headersTimeoutSeconds: number;
  readonly requestTimeoutSeconds: number;
  readonly keepAliveTimeoutSeconds: number;
  readonly handshakeTimeoutSeconds: number;
  readonly connectionsLimit: number;
  readonly connectionsPerAddressLimit: number;
}

const headerFieldsLimit = 100;

export function serverOptions(limits: ListenerLimits): ServerOptions {
  return {
    maxHeaderSize: limits.headerLimitBytes,
    headersTimeout: limits.headersTimeoutSeconds * 1000,
    requestTimeout: Math.max(limits.requestTimeoutSeconds, limits.headersTimeoutSeconds) * 1000,
    keepAliveTimeout: 0,
    connectionsCheckingInterval: 1000,
    requireHostHeader: true,
    rejectNonStandardBodyWrites: false,
    noDelay: true,
  };
}

/** The bounds that are not options of the constructor, and one answer to whatever is not HTTP. */
export function applyLimits(server: HttpServer | HttpsServer, limits: ListenerLimits): void {
  server.maxConnections = limits.connectionsLimit;
  server.maxHeadersCount = headerFieldsLimit;
  limitConnectionsPerAddress(server, limits.connectionsPerAddressLimit);
  closeIdleConnections(server, limits.keepAliveTimeoutSeconds);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    // What follows an answer is no part of it; Node's own handler looks here, too.
    const { _httpMessage: answering } = socket as { _httpMessage?: { headersSent: boolean } | null };
    if (answering?.headersSent === true) {
      (socket as Socket).destroySoon();
      return;
    }
    socket.end(`HTTP/1.1 ${statusOf(error.code)}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
}

function statusOf(code: string | undefined): string {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return '431 Request Header Fields Too Large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return '408 Request Timeout';
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return '413 Content Too Large';
    default:
      return '400 Bad Request';
  }
}
