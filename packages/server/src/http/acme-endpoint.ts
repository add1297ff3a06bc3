import type { AcmeRequest, AcmeResponse } from '../acme/index.ts';
import type { Exchange, Handler } from './exchange.ts';
import { keepAliveOf } from './idle-connections.ts';
import { readBody } from './request-body.ts';

/** Puts ACME on a route: reads the body within its bound and carries question and answer across. `prefix` ends in `/acme/`. */
export function acmeEndpoint(
  handle: (request: AcmeRequest) => Promise<AcmeResponse>,
  prefix: string,
  bodyLimitBytes: number,
): Handler {
  return (exchange) =>
    new Promise<void>((resolve, reject) => {
      readBody(exchange.request, bodyLimitBytes, (failure, body) => {
        if (failure === 'broken') {
          resolve();
          return;
        }
        respond(handle, exchange, prefix, failure === undefined ? body : undefined).then(resolve, reject);
      });
    });
}

async function respond(
  handle: (request: AcmeRequest) => Promise<AcmeResponse>,
  { request, response, path, query }: Exchange,
  prefix: string,
  body: Buffer | undefined,
): Promise<void> {
  const {
    status,
    headers,
    body: text,
  } = await handle({
    method: request.method ?? '',
    path: path.slice(prefix.length),
    query,
    contentType: request.headers['content-type'],
    accept: request.headers.accept,
    body,
    remoteAddress: request.socket.remoteAddress ?? '',
  });
  if (response.headersSent || response.destroyed) return;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  // What was not read is not the next request.
  const kept = body === undefined ? undefined : keepAliveOf(response);
  if (body === undefined) response.setHeader('Connection', 'close');
  if (kept !== undefined) response.setHeader('Keep-Alive', kept);
  const bodiless = status === 204;
  response.writeHead(status, bodiless ? {} : { 'Content-Length': Buffer.byteLength(text) });
  response.end(bodiless ? undefined : text);
}
