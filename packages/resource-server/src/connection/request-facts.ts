import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { RequestFacts } from '../access.ts';
import { requestCertificate } from './connection-certificate.ts';

/** A request of `node:http`, `node:https` or `node:http2` (compatibility API). */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
export type NodeResponse = ServerResponse | Http2ServerResponse;

/**
 * The facts about a Node request. Header lines are taken as they came: Node's own `headers` keeps the first `Authorization` of several and
 * hides that there were more.
 */
export function requestFacts(request: NodeRequest): RequestFacts {
  return {
    method: request.method ?? '',
    url: originalUrl(request),
    authorization: authorizationLines(request.rawHeaders),
    certificate: requestCertificate(request),
  };
}

/** Express shortens `url` inside a mounted router. */
function originalUrl(request: NodeRequest & { originalUrl?: string }): string {
  return request.originalUrl ?? request.url ?? '';
}

function authorizationLines(rawHeaders: readonly string[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 13 && name.toLowerCase() === 'authorization') lines.push(rawHeaders[at + 1]!);
  }
  return lines;
}
