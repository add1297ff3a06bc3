import type { Server as HttpServer, RequestListener } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Address, Config } from '../config/index.ts';
import {
  answerProblem,
  createPlainListener,
  createSecureListener,
  type ListenerName,
  type LiveConnections,
  listen,
  type PresentedCertificates,
} from '../http/index.ts';

export const listenerNames = ['public', 'mtls', 'pki', 'metrics'] as const satisfies readonly ListenerName[];

/** The four listeners: made and bound before there is anything to answer with. */
export class Listeners {
  readonly public: HttpsServer;
  readonly mtls: HttpsServer;
  readonly pki: HttpServer;
  readonly metrics: HttpServer;
  readonly #bound = new Map<ListenerName, Address>();
  readonly #answering = new Map<ListenerName, RequestListener>();

  constructor(config: Config, certificates: PresentedCertificates, connections: LiveConnections) {
    const clientCertificates = { certificates, connections };
    this.public = createSecureListener({ limits: config, onRequest: this.#dispatch('public') });
    this.mtls = createSecureListener({
      limits: config,
      onRequest: this.#dispatch('mtls'),
      clientCertificates,
    });
    this.pki = createPlainListener(config, this.#dispatch('pki'));
    this.metrics = createPlainListener(config, this.#dispatch('metrics'));
  }

  get all(): readonly (HttpServer | HttpsServer)[] {
    return listenerNames.map((name) => this[name]);
  }

  isBound(name: ListenerName): boolean {
    return this.#bound.has(name);
  }

  /** Throws ListenError. */
  async bind(name: ListenerName, address: Address): Promise<void> {
    this.#bound.set(name, await listen(this[name], name, address));
  }

  bound(name: ListenerName): Address {
    const address = this.#bound.get(name);
    if (address === undefined) throw new Error(`${name} is not bound`);
    return address;
  }

  /** From now on these answer. */
  answerWith(router: (name: ListenerName) => RequestListener): void {
    for (const name of listenerNames) this.#answering.set(name, router(name));
  }

  #dispatch(name: ListenerName): RequestListener {
    return (request, response) => {
      const answering = this.#answering.get(name);
      if (answering !== undefined) answering(request, response);
      else
        answerProblem(
          response,
          { status: 503, code: 'starting', title: 'The server is starting.' },
          { 'Retry-After': '1' },
        );
    };
  }
}
