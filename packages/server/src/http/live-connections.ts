import type { Socket } from 'node:net';

/** Open connections by the certificate they presented and by the client they were attributed to, to be closed with it. */
export class LiveConnections {
  readonly #byCertificate = new SocketIndex();
  readonly #byClient = new SocketIndex();

  /** From now until it closes, the connection counts as one of this certificate. */
  opened(socket: Socket, x5t: string): void {
    this.#byCertificate.add(x5t, socket);
  }

  /** The connection's certificate proved to be this client's. */
  attribute(socket: Socket, clientId: string): void {
    this.#byClient.add(clientId, socket);
  }

  /** Closes every connection of the certificate, whatever is going on in it; how many there were. */
  closeCertificate(x5t: string): number {
    return this.#byCertificate.close(x5t);
  }

  closeClient(clientId: string): number {
    return this.#byClient.close(clientId);
  }

  /** Connections with a certificate. */
  get size(): number {
    return this.#byCertificate.size;
  }
}

class SocketIndex {
  readonly #sockets = new Map<string, Set<Socket>>();
  size = 0;

  add(key: string, socket: Socket): void {
    if (socket.destroyed) return;
    const sockets = this.#sockets.get(key) ?? new Set();
    if (sockets.has(socket)) return;
    sockets.add(socket);
    this.size += 1;
    this.#sockets.set(key, sockets);
    socket.once('close', () => {
      this.size -= 1;
      sockets.delete(socket);
      if (sockets.size === 0 && this.#sockets.get(key) === sockets) this.#sockets.delete(key);
    });
  }

  close(key: string): number {
    const sockets = [...(this.#sockets.get(key) ?? [])];
    for (const socket of sockets) socket.destroy();
    return sockets.length;
  }
}
