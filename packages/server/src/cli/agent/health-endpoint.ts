import { createServer, type Server } from 'node:http';
import type { RenewalStatus } from '@mortise/client';
import { type Address, formatAddress } from '../../config/index.ts';
import { listen } from '../../http/index.ts';
import type { LastReload } from './reload-hook.ts';

export interface AgentHealth {
  /** As bound, `HOST:PORT`. */
  readonly address: string;
  close(): Promise<void>;
}

export interface AgentStatus extends RenewalStatus {
  readonly lastReload: LastReload | undefined;
}

/**
 * Answers `GET /healthz` by plain HTTP: 200 while there is a certificate with more than a tenth of its life left, else 503; the
 * body says more.
 */
export async function serveHealth(address: Address, status: () => AgentStatus): Promise<AgentHealth> {
  const server = createServer(
    { headersTimeout: 5000, requestTimeout: 5000, keepAliveTimeout: 5000, maxHeaderSize: 8192 },
    (request, response) => {
      request.resume();
      const path = request.url?.split('?')[0];
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      } else if (path !== '/healthz' && path !== '/') {
        response.writeHead(404).end();
      } else {
        const current = status();
        response.writeHead(current.state === 'valid' ? 200 : 503, {
          'Content-Type': 'application/json',
          'Cache-Control': 'no-store',
        });
        response.end(`${JSON.stringify(document(current))}\n`);
      }
    },
  );
  server.maxConnections = 64;
  const bound = await listen(server, 'health', address);
  return { address: formatAddress(bound), close: () => close(server) };
}

/** Times in epoch seconds. */
function document(status: AgentStatus): object {
  const { state, fingerprint256, notBefore, notAfter, nextRenewal, failures, lastError, lastReload } = status;
  return {
    state,
    fingerprint256,
    not_before: seconds(notBefore),
    not_after: seconds(notAfter),
    next_renewal: seconds(nextRenewal),
    failures,
    last_error: lastError && { ...lastError, at: seconds(lastError.at) },
    last_reload: lastReload && { ...lastReload, at: seconds(lastReload.at) },
  };
}

function seconds(at: number | undefined): number | undefined {
  return at === undefined ? undefined : Math.floor(at / 1000);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
