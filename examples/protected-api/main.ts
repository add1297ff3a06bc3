/**
 * A small API that asks for client certificates and lets `@mortise/resource-server` decide.
 *
 *   GET  /payments   needs payments:read
 *   POST /payments   needs payments:write
 *
 * Run: node main.ts configuration.json. Prints one JSON line, {"url": …}, when it accepts requests.
 */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createResourceServer } from '@mortise/resource-server';
import { protect, serveMetadata } from '@mortise/resource-server/node-http';

/** Paths are of PEM files. */
interface Configuration {
  issuer: string;
  mtlsUrl: string;
  resource: string;
  /** CA certificates of the authorization server. */
  anchors: string;
  /** What the API shows its callers. */
  server: { key: string; certificate: string };
  /** What the API shows the authorization server, to follow its revocations. */
  node: { key: string; certificate: string };
}

const configuration = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as Configuration;
const pem = (path: string): string => readFileSync(path, 'utf8');

const payments = createResourceServer({
  issuer: configuration.issuer,
  resource: configuration.resource,
  anchors: pem(configuration.anchors),
  revocation: {
    mtlsUrl: configuration.mtlsUrl,
    key: pem(configuration.node.key),
    certificate: pem(configuration.node.certificate),
  },
  log: (event) => process.stderr.write(`${JSON.stringify(event)}\n`),
});

const answer = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
};
const list = protect(
  payments,
  { scope: 'payments:read' },
  (_request, response: ServerResponse, { clientId }) =>
    answer(response, 200, { payments: [], caller: clientId }),
);
const pay = protect(
  payments,
  { scope: 'payments:write' },
  (_request, response: ServerResponse, { clientId }) =>
    answer(response, 200, { paid: true, caller: clientId }),
);

const server = createServer(
  {
    key: pem(configuration.server.key),
    cert: pem(configuration.server.certificate),
    // Ask for a certificate, and let no verdict of TLS decide: the token says which certificate is the right one.
    requestCert: true,
    rejectUnauthorized: false,
  },
  (request, response) => {
    if (serveMetadata(payments, request, response)) return;
    if (request.url !== '/payments') answer(response, 404, { error: 'not_found' });
    else if (request.method === 'GET') list(request, response);
    else if (request.method === 'POST') pay(request, response);
    else answer(response, 405, { error: 'method_not_allowed' });
  },
);

await payments.ready();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `https://localhost:${port}` })}\n`);
});
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void payments.close();
});
