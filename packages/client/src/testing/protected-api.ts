import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { listen, stopListening } from '../../../../testing/listening.ts';
import { type TestAuthorizationServer, thumbprintOf } from './authorization-server.ts';
import type { TestAuthority } from './certificates.ts';

/** An API over mTLS that takes the tokens of a test authorization server, each only over the certificate it is bound to. */
export interface TestApi {
  readonly url: string;
  /** What each request came with. */
  readonly requests: {
    readonly token: string | undefined;
    readonly thumbprint: string | undefined;
    readonly body: string;
  }[];
  /** Answers instead of the usual ones, by path. */
  readonly answers: Map<string, (request: IncomingMessage, response: ServerResponse) => void>;
  /** How many TLS connections there have been. */
  connections: number;
  stop(): Promise<void>;
}

export async function startTestApi(
  authority: TestAuthority,
  issuer: TestAuthorizationServer,
): Promise<TestApi> {
  const { cert, key } = await authority.server();
  const server = createServer({ cert, key, requestCert: true, rejectUnauthorized: false });
  const port = await listen(server);
  const api: TestApi = {
    url: `https://localhost:${port}`,
    requests: [],
    answers: new Map(),
    connections: 0,
    stop: () => stopListening(server),
  };
  server.on('secureConnection', () => {
    api.connections += 1;
  });
  server.on('request', (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const token = request.headers.authorization?.replace('Bearer ', '');
      const thumbprint = thumbprintOf(request);
      api.requests.push({ token, thumbprint, body: Buffer.concat(chunks).toString() });
      const answer = api.answers.get(request.url ?? '');
      if (answer !== undefined) return answer(request, response);
      const bound = token === undefined ? undefined : issuer.tokens.get(token);
      const known = token !== undefined && issuer.tokens.has(token);
      if (known && (bound === undefined || bound === thumbprint)) {
        response
          .writeHead(200, { 'content-type': 'application/json', 'x-method': request.method })
          .end('{"in":true}');
        return;
      }
      const challenge =
        token === undefined ? 'Bearer realm="api"' : 'Bearer error="invalid_token", realm="api"';
      response.writeHead(401, { 'www-authenticate': challenge }).end();
    });
  });
  return api;
}
