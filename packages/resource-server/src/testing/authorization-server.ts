import type { JsonWebKey } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { claimPort } from '../../../../testing/claim-port.ts';
import { listen, stopListening } from '../../../../testing/listening.ts';
import type { TestAuthority } from './certificates.ts';

/** An authorization server as a resource server meets it: metadata, keys, revocation feed and reports, over real TLS. */
export interface TestAuthorizationServer {
  readonly issuer: string;
  readonly server: Server;
  /** What the key set publishes now. */
  keys: JsonWebKey[];
  /** Request targets in the order of their arrival. */
  readonly requests: string[];
  /** Common name of the certificate that each feed request came with. */
  readonly nodes: (string | undefined)[];
  readonly reports: Record<string, unknown>[];
  /** Answers instead of the usual ones, by path. */
  readonly answers: Map<string, (response: ServerResponse) => void>;
  /** Lines that each new feed begins with. */
  feedStart: unknown[];
  /** Open feeds. */
  readonly feeds: Set<ServerResponse>;
  /** Sends a line to every open feed. */
  push(line: unknown): void;
  /** Resolves at the next report that arrives. */
  nextReport(): Promise<Record<string, unknown>>;
  /** Begins to listen again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestAuthorizationServer(
  authority: TestAuthority,
): Promise<TestAuthorizationServer> {
  const { cert, key } = await authority.server();
  const server = createServer({ cert, key, ca: authority.ca, requestCert: true, rejectUnauthorized: false });
  const port = await listen(server, await claimPort());
  const issuer = `https://localhost:${port}`;
  const test: TestAuthorizationServer = {
    issuer,
    server,
    keys: [],
    requests: [],
    nodes: [],
    reports: [],
    answers: new Map(),
    feedStart: [{ type: 'snapshot', position: 1, entries: [], more: false }],
    feeds: new Set(),
    push(line) {
      for (const feed of test.feeds) feed.write(`${JSON.stringify(line)}\n`);
    },
    async nextReport() {
      const [report] = (await once(server, 'test-report')) as [Record<string, unknown>];
      return report;
    },
    async restart() {
      await listen(server, port);
    },
    stop: () => stopListening(server),
  };
  server.on('request', (request, response) => {
    const { pathname } = new URL(request.url ?? '/', issuer);
    test.requests.push(request.url ?? '');
    const answer = test.answers.get(pathname);
    if (answer !== undefined) return answer(response);
    switch (pathname) {
      case '/.well-known/oauth-authorization-server':
        response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/oauth2/jwks` }));
        return;
      case '/oauth2/jwks':
        response.end(JSON.stringify({ keys: test.keys }));
        return;
      case '/nodes/v1/feed': {
        const subject = (request.socket as TLSSocket).getPeerX509Certificate()?.subject;
        test.nodes.push(subject?.replace('CN=', ''));
        response.writeHead(200, { 'content-type': 'application/x-ndjson' });
        for (const line of test.feedStart) response.write(`${JSON.stringify(line)}\n`);
        test.feeds.add(response);
        response.on('close', () => test.feeds.delete(response));
        return;
      }
      case '/nodes/v1/reports': {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const report = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
          test.reports.push(report);
          response.writeHead(204).end();
          server.emit('test-report', report);
        });
        return;
      }
      default:
        response.writeHead(404).end();
    }
  });
  return test;
}
