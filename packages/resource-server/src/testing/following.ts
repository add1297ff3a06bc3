import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { listen, stopListening } from '../../../../testing/listening.ts';
import { protect } from '../adapters/node-http.ts';
import { createResourceServer } from '../create-resource-server.ts';
import type { ResourceServerEvent } from '../events.ts';
import type { FollowOptions } from '../options.ts';
import type { ResourceServer } from '../resource-server.ts';
import { startTestAuthorizationServer, type TestAuthorizationServer } from './authorization-server.ts';
import { createTestAuthority, type Issued, type TestAuthority } from './certificates.ts';
import { claims, createTestKey, signToken, type TestKey } from './tokens.ts';

const resource = 'https://api.example/payments';

export interface Following {
  readonly resourceServer: ResourceServer;
  /** Monotonic milliseconds. */
  readonly time: { ms: number };
  readonly log: ResourceServerEvent[];
  /** Resolves with the first event of this type that is logged after the call. */
  readonly next: (type: ResourceServerEvent['type']) => Promise<ResourceServerEvent>;
}

/** An authorization server, and resource servers that follow it, over real TLS; `close` ends all. */
export class FollowingSetup {
  readonly resource = resource;
  readonly authority: TestAuthority;
  readonly node: Issued;
  readonly billing: Issued;
  readonly issuerServer: TestAuthorizationServer;
  readonly #apiCertificate: Issued;
  readonly #key: TestKey = createTestKey('k1');
  readonly #closing: (() => Promise<unknown>)[] = [];

  constructor(
    authority: TestAuthority,
    issuerServer: TestAuthorizationServer,
    certificates: { node: Issued; billing: Issued; api: Issued },
  ) {
    this.authority = authority;
    this.issuerServer = issuerServer;
    this.node = certificates.node;
    this.billing = certificates.billing;
    this.#apiCertificate = certificates.api;
    issuerServer.keys = [this.#key.jwk];
  }

  static async start(): Promise<FollowingSetup> {
    const authority = await createTestAuthority();
    const [node, billing, api] = await Promise.all([
      authority.client('node'),
      authority.client('billing'),
      authority.server(),
    ]);
    return new FollowingSetup(authority, await startTestAuthorizationServer(authority), {
      node,
      billing,
      api,
    });
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close();
    await this.issuerServer.stop();
  }

  follow(options: Partial<FollowOptions> = {}, ca = this.authority.ca): Following {
    const log: ResourceServerEvent[] = [];
    let waiting: { type: string; resolve: (event: ResourceServerEvent) => void }[] = [];
    const time = { ms: 0 };
    const { issuer } = this.issuerServer;
    const resourceServer = createResourceServer({
      issuer,
      resource,
      anchors: ca,
      revocation: { mtlsUrl: issuer, key: this.node.key, certificate: this.node.cert, ...options },
      monotonicClock: () => time.ms,
      log(event) {
        log.push(event);
        const heard = waiting.filter(({ type }) => type === event.type);
        waiting = waiting.filter(({ type }) => type !== event.type);
        for (const { resolve } of heard) resolve(event);
      },
    });
    this.#closing.push(() => resourceServer.close());
    const next = (type: ResourceServerEvent['type']): Promise<ResourceServerEvent> => {
      const { promise, resolve } = Promise.withResolvers<ResourceServerEvent>();
      waiting.push({ type, resolve });
      return promise;
    };
    return { resourceServer, log, time, next };
  }

  /** A token of the client `billing`, bound to its certificate. */
  token(changes: Record<string, unknown> = {}): string {
    const { issuer } = this.issuerServer;
    const bound = { iss: issuer, cnf: { 'x5t#S256': this.billing.thumbprint } };
    return signToken(this.#key, claims(Date.now(), { ...bound, ...changes }));
  }

  /** An API without scopes that `resourceServer` guards, with its connections watched. */
  async startApi(resourceServer: ResourceServer): Promise<{ port: number; server: Server }> {
    const { cert, key } = this.#apiCertificate;
    const server = createServer(
      { cert, key, ca: this.authority.ca, requestCert: true, rejectUnauthorized: false },
      protect(resourceServer, {}, (_request, response) => response.end('in')),
    );
    resourceServer.watch(server);
    const port = await listen(server);
    this.#closing.unshift(() => stopListening(server));
    return { port, server };
  }
}

/** Resolves when the connection has ended, however. */
export async function closeOf(socket: TLSSocket): Promise<void> {
  socket.resume();
  socket.on('error', () => undefined);
  await once(socket, 'close');
}

/** Resolves at the next change of the denylist. */
export function changed({ denylist }: ResourceServer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = denylist?.subscribe(() => {
    stop?.();
    resolve();
  });
  return promise;
}
