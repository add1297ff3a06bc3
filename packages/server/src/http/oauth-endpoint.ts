import type { OAuthRequest, OAuthResponse } from '../authorization/index.ts';
import { answer, answerJson } from './answer.ts';
import type { Exchange, Handler } from './exchange.ts';
import { readBody } from './request-body.ts';

const noStore = { 'Cache-Control': 'no-store', Pragma: 'no-cache' } as const;

/** Puts an OAuth endpoint on a route: reads the body within its bound and carries question and answer across. */
export function oauthEndpoint(
  endpoint: (request: OAuthRequest) => OAuthResponse | Promise<OAuthResponse>,
  bodyLimitBytes: number,
): Handler {
  return (exchange) =>
    readBody(exchange.request, bodyLimitBytes, (failure, body) => {
      if (failure === undefined) respond(endpoint, exchange, body);
      else if (failure === 'too_large') refuseLargeBody(exchange, bodyLimitBytes);
    });
}

function respond(
  endpoint: (request: OAuthRequest) => OAuthResponse | Promise<OAuthResponse>,
  exchange: Exchange,
  body: Buffer,
): void {
  const { request } = exchange;
  const send = ({ status, headers, body }: OAuthResponse): void =>
    answer(exchange.response, status, headers, body);
  try {
    const answering = endpoint({
      method: request.method ?? '',
      path: exchange.query === '' ? exchange.path : `${exchange.path}?${exchange.query}`,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body,
      remoteAddress: request.socket.remoteAddress ?? '',
      listener: exchange.listener === 'mtls' ? 'mtls' : 'public',
      certificate: exchange.certificate,
    });
    if (answering instanceof Promise) answering.then(send).catch((error: unknown) => exchange.failed(error));
    else send(answering);
  } catch (error) {
    exchange.failed(error);
  }
}

function refuseLargeBody(exchange: Exchange, bodyLimitBytes: number): void {
  answerJson(
    exchange.response,
    413,
    { error: 'invalid_request', error_description: `The body is larger than ${bodyLimitBytes} bytes.` },
    { ...noStore, Connection: 'close' },
  );
}
