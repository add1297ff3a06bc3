import type { TLSSocket, Server as TlsServer } from 'node:tls';
import type { ResourceServerEvent } from '../events.ts';
import type { Denylist, DenylistEntry, DenylistFacts } from '../revocation/denylist.ts';
import { connectionCertificate } from './connection-certificate.ts';

interface LiveCertificate {
  readonly sockets: Set<TLSSocket>;
  /** Of the last bound token that was let through with this certificate: by these a revoked client's connections are found. */
  facts: DenylistFacts | undefined;
}

export interface WatchOptions {
  /**
   * Ends a connection that begins (or resumes) with a revoked certificate before any HTTP is read. Default false: its requests are
   * answered, so that the client learns why.
   */
  readonly strict?: boolean;
}

/** The open connections by certificate, so that those of a revoked one end at once. */
export class LiveConnections {
  readonly #denylist: Denylist;
  readonly #log: (event: ResourceServerEvent) => void;
  readonly #live = new Map<string, LiveCertificate>();
  readonly #stop: (() => void)[] = [];
  #sweeping: NodeJS.Immediate | undefined;

  constructor(denylist: Denylist, log: (event: ResourceServerEvent) => void) {
    this.#denylist = denylist;
    this.#log = log;
    this.#stop.push(denylist.subscribe((added) => this.#added(added)));
  }

  /** How many certificates have open connections. */
  get size(): number {
    return this.#live.size;
  }

  /** Follows the connections of a TLS server from now on. Answers how to stop. */
  watch(server: TlsServer, { strict = false }: WatchOptions = {}): () => void {
    const admit = (socket: TLSSocket): void => this.#admit(socket, strict);
    // Ahead of the HTTP server: TLS 1.3 brings the first request together with the end of the handshake, and its parser would read on.
    server.prependListener('secureConnection', admit);
    const stop = (): void => {
      server.off('secureConnection', admit);
    };
    this.#stop.push(stop);
    return stop;
  }

  /** What a bound token that was let through says of its certificate's owner. */
  note(thumbprint: string, facts: DenylistFacts): void {
    const live = this.#live.get(thumbprint);
    if (live !== undefined) live.facts = facts;
  }

  close(): void {
    for (const stop of this.#stop) stop();
    clearImmediate(this.#sweeping);
    this.#live.clear();
  }

  #admit(socket: TLSSocket, strict: boolean): void {
    const certificate = connectionCertificate(socket);
    if (certificate === undefined) return;
    const { thumbprint } = certificate;
    if (strict && this.#denylist.denies({ certificates: [thumbprint] }) !== undefined) {
      socket.destroy();
      this.#log({ type: 'connections_closed', count: 1 });
      return;
    }
    let live = this.#live.get(thumbprint);
    if (live === undefined) {
      live = { sockets: new Set(), facts: undefined };
      this.#live.set(thumbprint, live);
    }
    const { sockets } = live;
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0 && this.#live.get(thumbprint)?.sockets === sockets)
        this.#live.delete(thumbprint);
    });
  }

  #added(entries: readonly DenylistEntry[]): void {
    let sweep = false;
    for (const entry of entries) {
      if (entry.kind === 'certificate') this.#end(entry.id);
      // Tokens, keys and epochs end tokens, not certificates; the next request over the connection finds out.
      else if (entry.kind !== 'token' && entry.kind !== 'key' && entry.epoch === undefined) sweep = true;
    }
    if (sweep) this.#sweeping ??= setImmediate(() => this.#sweep());
  }

  #sweep(): void {
    this.#sweeping = undefined;
    for (const [thumbprint, { facts }] of this.#live) {
      if (facts === undefined) continue;
      const { clientId, credentialIds, authorityIds } = facts;
      if (this.#denylist.denies({ clientId, credentialIds, authorityIds }) !== undefined)
        this.#end(thumbprint);
    }
  }

  #end(thumbprint: string): void {
    const live = this.#live.get(thumbprint);
    if (live === undefined) return;
    this.#live.delete(thumbprint);
    for (const socket of live.sockets) socket.destroy();
    this.#log({ type: 'connections_closed', count: live.sockets.size });
  }
}
