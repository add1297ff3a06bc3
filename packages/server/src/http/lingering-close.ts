import type { ServerResponse } from 'node:http';

/** Most of a refused request that is still read, and for how long. */
const limitBytes = 16 * 1024 * 1024;
const limitMs = 5_000;

/**
 * Sends the whole answer to a request of which more is coming, and closes the connection only when the client has sent the
 * rest, or too much of it. Whoever closes with octets unread makes the kernel reset the connection, and the client never
 * sees why it was refused (RFC 9112 §9.6).
 */
export function endAfterRequest(response: ServerResponse, body: string | Buffer): void {
  const { req: request } = response;
  const end = (): void => {
    clearTimeout(deadline);
    response.end();
  };
  const deadline = setTimeout(end, limitMs).unref();
  let read = 0;
  response.flushHeaders();
  if (body.length > 0) response.write(body);
  request.on('data', (chunk: Buffer) => {
    read += chunk.length;
    if (read > limitBytes) end();
  });
  request.once('end', end).once('error', end).once('close', end);
  request.resume();
}
