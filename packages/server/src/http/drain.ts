import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';

/**
 * Stops accepting, closes idle connections, lets requests in progress finish for `timeoutSeconds`, then closes what is left.
 * Resolves when every listener is closed.
 */
export async function drain(
  servers: readonly (HttpServer | HttpsServer)[],
  timeoutSeconds: number,
): Promise<void> {
  const listening = servers.filter((server) => server.listening);
  const closed = Promise.all(
    listening.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
  );
  for (const server of listening) server.closeIdleConnections();
  const deadline = setTimeout(() => {
    for (const server of listening) server.closeAllConnections();
  }, timeoutSeconds * 1000);
  await closed;
  clearTimeout(deadline);
}
