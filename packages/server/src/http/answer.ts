import type { ServerResponse } from 'node:http';
import { endAfterRequest } from './lingering-close.ts';

/** Sends a whole answer at once; with `Connection: close` the connection outlives it until the request has been read. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = '',
): void {
  if (response.headersSent || response.destroyed) return;
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  response.writeHead(status, { ...headers, 'Content-Length': length });
  if (headers['Connection'] === 'close' && !response.req.complete) endAfterRequest(response, body);
  // Nothing but ASCII has as many octets as characters; Node then need not look for what to encode.
  else response.end(body, length === body.length ? 'latin1' : 'utf8');
}

export function answerJson(
  response: ServerResponse,
  status: number,
  document: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer(response, status, { 'Content-Type': 'application/json', ...headers }, JSON.stringify(document));
}
