import type { ServerResponse } from 'node:http';
import { keepAliveOf } from './idle-connections.ts';
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
  writeHead(response, status, headers, length);
  if (headers['Connection'] === 'close' && !response.req.complete) endAfterRequest(response, body);
  // Nothing but ASCII has as many octets as characters; Node then need not look for what to encode.
  else response.end(body, length === body.length ? 'latin1' : 'utf8');
}

/** Answers 200 with octets that are given as text of one character an octet: such a body leaves in one piece with the head. */
export function answerOctets(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  octets: string,
): void {
  if (response.headersSent || response.destroyed) return;
  writeHead(response, 200, headers, octets.length);
  response.end(octets, 'latin1');
}

export function answerJson(
  response: ServerResponse,
  status: number,
  document: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer(response, status, { 'Content-Type': 'application/json', ...headers }, JSON.stringify(document));
}

function writeHead(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  length: number,
): void {
  const kept = headers['Connection'] === 'close' ? undefined : keepAliveOf(response);
  response.writeHead(
    status,
    kept === undefined
      ? { ...headers, 'Content-Length': length }
      : { ...headers, 'Content-Length': length, 'Keep-Alive': kept },
  );
}
