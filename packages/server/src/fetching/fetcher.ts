import { Agent, request } from 'undici';
import { AdmittedNetworks } from './admitted-networks.ts';
import { FetchError } from './fetch-error.ts';
import { guardedConnector, type Lookup } from './guarded-connector.ts';

export interface FetcherOptions {
  /** Networks besides the public Internet that may be reached, in CIDR notation. Default: none; not even loopback. */
  readonly admittedNetworks?: readonly string[];
  /** Whether `http:` URLs are fetched, too. Default false. */
  readonly admitHttp?: boolean;
  /** PEM certificates that servers are validated against, instead of the system's. */
  readonly ca?: readonly string[];
  /** For all of one fetch: names, connection, redirects and body. Default 5,000. */
  readonly timeoutMs?: number;
  /** Default 65,536. */
  readonly limitBytes?: number;
  /** Default 3. */
  readonly redirectsLimit?: number;
  /** Resolves names; default: the system's resolver. */
  readonly lookup?: Lookup;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/**
 * The one way by which this server fetches a URL that others can set. GET only; every redirect is judged like the first URL; bounded in
 * size, time and redirects; on a connection of its own, never to an address that is neither public nor configured. Failures are FetchErrors.
 */
export class Fetcher {
  readonly #agent: Agent;
  readonly #admitHttp: boolean;
  readonly #timeoutMs: number;
  readonly #limitBytes: number;
  readonly #redirectsLimit: number;

  constructor(options: FetcherOptions = {}) {
    this.#admitHttp = options.admitHttp ?? false;
    this.#timeoutMs = options.timeoutMs ?? 5_000;
    this.#limitBytes = options.limitBytes ?? 65_536;
    this.#redirectsLimit = options.redirectsLimit ?? 3;
    this.#agent = new Agent({
      connect: guardedConnector({
        networks: new AdmittedNetworks(options.admittedNetworks),
        connectTimeoutMs: this.#timeoutMs,
        ca: options.ca,
        lookup: options.lookup,
      }),
      connections: 4,
      pipelining: 1,
      maxHeaderSize: 16_384,
    });
  }

  /** The body of the answer 200 at a URL, possibly after redirects. */
  async fetch(url: string): Promise<Buffer> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    let target = this.#readUrl(url);
    for (let redirects = 0; ; redirects += 1) {
      const answer = await this.#get(target, signal);
      if (Buffer.isBuffer(answer)) return answer;
      if (redirects === this.#redirectsLimit) {
        throw new FetchError(
          'too_many_redirects',
          `${target.host} redirects more than ${this.#redirectsLimit} times`,
        );
      }
      target = this.#readUrl(answer.location, target);
    }
  }

  /** The JSON document at a URL. */
  async fetchJson(url: string): Promise<unknown> {
    const body = await this.fetch(url);
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    } catch (cause) {
      // The parser's message quotes the document.
      throw new FetchError('json_invalid', 'the document is not JSON', { cause: (cause as Error).name });
    }
  }

  /** Ends connections that are idle, and waits for the others. */
  close(): Promise<void> {
    return this.#agent.close();
  }

  #readUrl(text: string, base?: URL): URL {
    const url = URL.parse(text, base?.href);
    if (url === null || url.username !== '' || url.password !== '') {
      throw new FetchError(
        base === undefined ? 'url_invalid' : 'redirect_invalid',
        'not a URL that can be fetched',
      );
    }
    const admitted = url.protocol === 'https:' || (url.protocol === 'http:' && this.#admitHttp);
    // What began encrypted stays so.
    if (!admitted || (base?.protocol === 'https:' && url.protocol !== 'https:')) {
      throw new FetchError('scheme_refused', `${url.protocol} URLs are not fetched`);
    }
    return url;
  }

  async #get(url: URL, signal: AbortSignal): Promise<Buffer | { location: string }> {
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher: this.#agent,
        method: 'GET',
        // A connection that was kept would be to where the name pointed once, for as long as the server there wants.
        reset: true,
        headers: {
          accept: 'application/json, */*;q=0.1',
          'accept-encoding': 'identity',
          'user-agent': 'mortise',
        },
        signal,
      });
      // A body that is not wanted would hold the connection; destroying it ends both.
      body.on('error', () => undefined);
      if (redirectStatuses.has(statusCode)) {
        body.destroy();
        return redirectOf(url, headers.location);
      }
      if (statusCode !== 200) {
        body.destroy();
        throw new FetchError('status_unexpected', `${url.host} answered ${statusCode}`);
      }
      const encoding = headers['content-encoding'];
      if (encoding !== undefined && encoding !== 'identity') {
        body.destroy();
        throw new FetchError('encoding_unsupported', `${url.host} compresses although it was not asked to`);
      }
      return await this.#read(url, body);
    } catch (error) {
      throw fetchErrorOf(error, url);
    }
  }

  async #read(url: URL, body: AsyncIterable<Buffer>): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      bytes += chunk.length;
      // Leaving the loop destroys the body and its connection.
      if (bytes > this.#limitBytes) {
        throw new FetchError('too_large', `${url.host} sends more than ${this.#limitBytes} bytes`);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}

function redirectOf(url: URL, location: string | string[] | undefined): { location: string } {
  if (typeof location !== 'string') {
    throw new FetchError('redirect_invalid', `${url.host} redirects to nowhere`);
  }
  return { location };
}

function fetchErrorOf(error: unknown, url: URL): FetchError {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof FetchError) return cause;
    if (cause.name === 'TimeoutError' || ('code' in cause && cause.code === 'UND_ERR_CONNECT_TIMEOUT')) {
      return new FetchError('timeout', `${url.host} took too long`);
    }
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return new FetchError('connect_failed', `${url.host} could not be fetched (${code})`, { cause: error });
}
