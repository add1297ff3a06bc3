import type { Socket } from 'node:net';

interface Live {
  readonly sockets: Set<Socket>;
  /** The client that the certificate proved to be, once it did. */
  clientId: string | undefined;
}

/** Open connections by the certificate they presented, to be closed with it or with its client. */
export class LiveConnections {
  readonly #byCertificate = new Map<string, Live>();
  #size = 0;

  /** From now until it closes, the connection counts as one of this certificate. */
  opened(socket: Socket, x5t: string): void {
    if (socket.destroyed) return;
    let live = this.#byCertificate.get(x5t);
    if (live === undefined) {
      live = { sockets: new Set(), clientId: undefined };
      this.#byCertificate.set(x5t, live);
    }
    const { sockets } = live;
    sockets.add(socket);
    this.#size += 1;
    socket.on('close', () => {
      this.#size -= 1;
      sockets.delete(socket);
      if (sockets.size === 0 && this.#byCertificate.get(x5t)?.sockets === sockets)
        this.#byCertificate.delete(x5t);
    });
  }

  /** The certificate proved to be this client's. */
  attribute(x5t: string, clientId: string): void {
    const live = this.#byCertificate.get(x5t);
    if (live !== undefined) live.clientId = clientId;
  }

  /** Closes every connection of the certificate, whatever is going on in it; how many there were. */
  closeCertificate(x5t: string): number {
    const sockets = [...(this.#byCertificate.get(x5t)?.sockets ?? [])];
    for (const socket of sockets) socket.destroy();
    return sockets.length;
  }

  closeClient(clientId: string): number {
    let closed = 0;
    for (const [x5t, live] of [...this.#byCertificate]) {
      if (live.clientId === clientId) closed += this.closeCertificate(x5t);
    }
    return closed;
  }

  /** Connections with a certificate. */
  get size(): number {
    return this.#size;
  }
}
