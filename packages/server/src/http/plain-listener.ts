import { createServer, type RequestListener, type Server } from 'node:http';
import { applyLimits, type ListenerLimits, serverOptions } from './listener-limits.ts';

/** A listener without TLS: for what must be readable before TLS can be trusted, and for loopback. */
export function createPlainListener(limits: ListenerLimits, onRequest: RequestListener): Server {
  const server = createServer(serverOptions(limits), onRequest);
  applyLimits(server, limits);
  return server;
}
