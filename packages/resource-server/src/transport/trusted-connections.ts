import type { Agent, Dispatcher } from 'undici';
import type { FetchLike } from './fetch-json.ts';

/** Certificates as PEM text or bytes (one or several in a row), or one as DER; a list may mix them. */
export type CertificateInput = string | Uint8Array | readonly (string | Uint8Array)[];

export interface TrustedConnectionsOptions {
  /** The only CA certificates that servers are validated against. Absent: those Node trusts (and `NODE_EXTRA_CA_CERTS`). */
  readonly anchors?: CertificateInput | undefined;
  /** PEM of the private key to present `certificate` with. */
  readonly key?: string | Buffer | undefined;
  /** PEM of the client certificate, the leaf first, then its intermediates. */
  readonly certificate?: string | Buffer | undefined;
}

const connectTimeoutMs = 5_000;

/**
 * Connections that trust these anchors alone. undici is loaded with the first of them: a process that has keys and denylist at hand needs
 * none, and is spared its memory.
 */
export class TrustedConnections {
  readonly #options: TrustedConnectionsOptions;
  #agent: Promise<Agent> | undefined;
  /** Those that end with what goes on over them. */
  readonly #former = new Set<Promise<Agent>>();
  #anchors: CertificateInput | undefined;
  #closed = false;

  constructor(options: TrustedConnectionsOptions) {
    this.#options = options;
    this.#anchors = options.anchors;
  }

  /** New connections trust these alone; what goes on over others goes on. Whether that is a change. */
  replaceAnchors(anchors: readonly string[]): boolean {
    const former = this.#anchors;
    if (
      Array.isArray(former) &&
      former.length === anchors.length &&
      anchors.every((one, at) => one === former[at])
    ) {
      return false;
    }
    this.#anchors = anchors;
    const agent = this.#agent;
    this.#agent = undefined;
    if (agent === undefined) return true;
    this.#former.add(agent);
    agent
      .then((one) => one.close())
      .catch(() => undefined)
      .finally(() => this.#former.delete(agent));
    return true;
  }

  async request(
    url: string,
    options: Omit<Dispatcher.RequestOptions, 'origin' | 'path' | 'method'> & { method?: 'GET' | 'POST' },
  ): Promise<Dispatcher.ResponseData> {
    const { origin, pathname, search } = new URL(url);
    const agent = await this.#open();
    return agent.request({ method: 'GET', ...options, origin, path: `${pathname}${search}` });
  }

  readonly fetch: FetchLike = async (url, init) => {
    const { fetch } = await import('undici');
    return fetch(url, { ...init, dispatcher: await this.#open() });
  };

  /** Ends every connection, and whatever goes on over them. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const agent of [...this.#former, this.#agent]) await (await agent)?.destroy();
  }

  #open(): Promise<Agent> {
    this.#agent ??= this.#create();
    return this.#agent;
  }

  async #create(): Promise<Agent> {
    const { Agent } = await import('undici');
    const { key, certificate } = this.#options;
    const anchors = this.#anchors;
    const agent = new Agent({
      connect: {
        timeout: connectTimeoutMs,
        ...(anchors !== undefined && { ca: toPem(anchors) }),
        ...(key !== undefined && { key }),
        ...(certificate !== undefined && { cert: certificate }),
      },
    });
    if (this.#closed) await agent.destroy();
    return agent;
  }
}

/** TLS options of Node take PEM only. */
export function toPem(input: CertificateInput): string[] {
  const inputs = typeof input === 'string' || input instanceof Uint8Array ? [input] : input;
  return inputs.map((one) => {
    if (typeof one === 'string') return one;
    const bytes = Buffer.from(one.buffer, one.byteOffset, one.byteLength);
    if (bytes[0] !== 0x30) return bytes.toString('latin1');
    const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  });
}
