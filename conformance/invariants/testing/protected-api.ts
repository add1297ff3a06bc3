/** An API in this process that lets the published library decide, over real mutual TLS. */
import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  createResourceServer,
  type DenylistEntry,
  type ResourceServer,
  type ResourceServerEvent,
} from '@mortise/resource-server';
import { protect } from '@mortise/resource-server/node-http';
import { type House, payments } from './house.ts';
import { bearer, type HttpsAnswer, type HttpsRequest, httpsRequest } from './https-request.ts';

export class ProtectedApi {
  readonly resourceServer: ResourceServer;
  /** Private reasons of refusals, in order. */
  readonly reasons: string[];
  readonly #server: Server;
  readonly #ca: string;
  readonly #events: EventEmitter<Record<string, [ResourceServerEvent]>>;

  private constructor(
    resourceServer: ResourceServer,
    server: Server,
    ca: string,
    reasons: string[],
    events: EventEmitter<Record<string, [ResourceServerEvent]>>,
  ) {
    this.resourceServer = resourceServer;
    this.#server = server;
    this.#ca = ca;
    this.reasons = reasons;
    this.#events = events;
  }

  /** Follows the denylist of `house` as `payments-api`, which is made, with the resource, where it is not there. */
  static async start(house: House): Promise<ProtectedApi> {
    const node = await house.certified('payments-api', { scope: '', resources: [] });
    await house.resource(['payments-api']);
    const shown = await house.administer('POST', '/certificates', {
      profile: 'server',
      names: ['localhost'],
    });
    const reasons: string[] = [];
    const events = new EventEmitter<Record<string, [ResourceServerEvent]>>();
    const resourceServer = createResourceServer({
      issuer: house.ready.issuer,
      resource: payments,
      anchors: house.ca,
      revocation: { mtlsUrl: house.ready.mtls, key: node.key, certificate: node.cert },
      log: (event) => {
        if (event.type === 'refused') reasons.push(event.refusal.reason);
        events.emit(event.type, event);
      },
    });
    await resourceServer.ready();
    const server = createServer(
      {
        key: String(shown['private_key']),
        cert: String(shown['certificates']),
        requestCert: true,
        rejectUnauthorized: false,
      },
      protect(
        resourceServer,
        { scope: 'payments:write' },
        (_request, response: ServerResponse, { clientId }) => {
          response.end(JSON.stringify({ clientId }));
        },
      ),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ProtectedApi(resourceServer, server, house.ca, reasons, events);
  }

  call(
    token: string | undefined,
    options: Pick<HttpsRequest, 'identity' | 'headers' | 'agent' | 'version'> = {},
  ): Promise<HttpsAnswer> {
    const { port } = this.#server.address() as AddressInfo;
    return httpsRequest({
      url: `https://localhost:${port}/payments`,
      method: 'POST',
      ca: this.#ca,
      ...options,
      headers: { ...options.headers, ...(token !== undefined && bearer(token)) },
    });
  }

  /** Resolves once the library enforces a new entry of the denylist about this object, and all acts before it; ask before the act. */
  hears(kind: DenylistEntry['kind'], id: string): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.resourceServer.denylist!.subscribe((added) => {
        if (!added.some((entry) => entry.kind === kind && entry.id === id)) return;
        stop();
        resolve();
      });
    });
  }

  /** The next event of this type that the library logs. */
  async next(type: ResourceServerEvent['type']): Promise<ResourceServerEvent> {
    const [event] = (await once(this.#events, type)) as [ResourceServerEvent];
    return event;
  }

  async close(): Promise<void> {
    await this.resourceServer.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
