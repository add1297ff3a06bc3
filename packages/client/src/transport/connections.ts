import { Agent } from 'undici';
import { ClientError } from '../errors.ts';
import { type Anchors, resolveAnchors } from './anchors.ts';

/** A certificate to present, and its key; both PEM. */
export interface ClientCertificate {
  readonly key: string | Buffer;
  /** The leaf first, then its intermediates. */
  readonly cert: string | Buffer;
}

export interface ConnectionsOptions {
  readonly certificate: ClientCertificate | undefined;
  readonly anchors: Anchors | undefined;
  /** Where a pinned root is fetched from. */
  readonly origin: string;
}

const connectTimeoutMs = 10_000;

/**
 * Connections that present one certificate and trust one set of anchors. Replacing either means a new one of these; the old one drains:
 * requests that began over it end over it.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #drained = Promise.withResolvers<void>();
  #agent: Promise<Agent> | undefined;
  #uses = 0;
  #retired = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Runs `work` with an agent that stays open until `work` has its answer; bodies may still be on their way then. */
  async use<Result>(work: (agent: Agent) => Promise<Result>): Promise<Result> {
    this.#uses += 1;
    try {
      return await work(await this.#open());
    } finally {
      this.#uses -= 1;
      if (this.#retired && this.#uses === 0) this.#drain();
    }
  }

  /** No new use comes; resolves when the last one, and the last body, has ended. */
  retire(): Promise<void> {
    this.#retired = true;
    if (this.#uses === 0) this.#drain();
    return this.#drained.promise;
  }

  /** Ends everything at once. */
  async destroy(): Promise<void> {
    this.#retired = true;
    const agent = await this.#agent?.catch(() => undefined);
    await agent?.destroy(new ClientError('closed', 'the client has been closed'));
  }

  #open(): Promise<Agent> {
    this.#agent ??= this.#create().catch((error: unknown) => {
      this.#agent = undefined;
      throw error;
    });
    return this.#agent;
  }

  async #create(): Promise<Agent> {
    const { certificate, anchors, origin } = this.#options;
    const ca = await resolveAnchors(anchors, origin);
    return new Agent({
      connect: {
        timeout: connectTimeoutMs,
        ...(ca !== undefined && { ca: [...ca] }),
        ...(certificate !== undefined && { key: certificate.key, cert: certificate.cert }),
      },
    });
  }

  #drain(): void {
    // Destroyed meanwhile is drained too.
    this.#drained.resolve(this.#agent?.then((agent) => agent.close()).catch(() => undefined));
  }
}
