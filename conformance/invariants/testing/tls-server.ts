/** HTTPS servers that a jwks_uri, or a redirect, could lead to. */
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { certify, identityOf, type Keyed } from './certificates.ts';

export interface TlsServer {
  readonly url: string;
  readonly port: number;
  /** TCP connections so far, whatever became of them. */
  readonly connections: () => number;
  /** Paths asked for, in order. */
  readonly paths: readonly string[];
  close(): Promise<void>;
}

export async function startTlsServer(
  host: string,
  authority: Keyed,
  onRequest: RequestListener,
): Promise<TlsServer> {
  const leaf = await certify('CN=server', {
    issuer: authority,
    purposes: ['serverAuth'],
    names: [
      { type: 'ip', value: host },
      { type: 'dns', value: 'localhost' },
    ],
  });
  const paths: string[] = [];
  const server: Server = createServer(identityOf(leaf), (request, response) => {
    paths.push(request.url ?? '');
    onRequest(request, response);
  });
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${host}:${port}`,
    port,
    connections: () => connections,
    paths,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
