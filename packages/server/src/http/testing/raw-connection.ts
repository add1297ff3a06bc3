import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

/** Sends bytes over TLS and resolves with everything that came back until the server closed. */
export function exchangeBytes(options: ConnectionOptions, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ rejectUnauthorized: false, ...options }, () => socket.write(bytes));
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(received);
      else reject(error);
    });
    socket.on('close', () => resolve(received));
  });
}

/** A connection after its handshake, with the session that a later one can resume. */
export async function openConnection(
  options: ConnectionOptions,
): Promise<{ socket: TLSSocket; session: Promise<Buffer> }> {
  return new Promise((resolve, reject) => {
    const session = Promise.withResolvers<Buffer>();
    const socket = connect({ rejectUnauthorized: false, ...options }, () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve({ socket, session: session.promise });
    });
    socket.once('session', session.resolve);
    socket.once('error', reject);
  });
}
