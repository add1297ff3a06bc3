import { ClientError } from '../errors.ts';
import type { Wait } from '../time/wait.ts';
import { boundedRequest } from '../transport/bounded-request.ts';
import type { Connections } from '../transport/connections.ts';
import type { AccountKey } from './account-key.ts';
import { type AcmeAnswer, AcmeDocument } from './acme-answer.ts';
import { AcmeError, refusal } from './acme-error.ts';
import { signedRequest } from './signed-request.ts';

export interface AcmeSessionOptions {
  readonly directoryUrl: string;
  readonly connections: Connections;
  readonly key: AccountKey;
  readonly clock: () => number;
  readonly wait: Wait;
  readonly signal: AbortSignal;
}

export interface AcmeDirectory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly renewalInfo: string | undefined;
}

export interface Post {
  readonly url: string;
  /** Undefined: POST-as-GET. */
  readonly payload?: object | undefined;
  /** Undefined: signed with the key itself, as a new account is. */
  readonly accountUrl: string | undefined;
  readonly accept?: string;
}

/** How often a request is signed again because its nonce was refused; each refusal brings a fresh one (RFC 8555 §6.5). */
const nonceAttempts = 12;
/** How often a request is sent again because no answer came or the server failed. Each thing asked for may be asked for twice. */
const sendAttempts = 4;
const firstPauseMs = 500;
const longestPauseMs = 30_000;
const keptNonces = 10;

/** Requests to one ACME server by one key: directory, nonces, signatures (RFC 8555 §6). */
export class AcmeSession {
  readonly #options: AcmeSessionOptions;
  readonly #nonces: string[] = [];
  #directory: Promise<AcmeDirectory> | undefined;

  constructor(options: AcmeSessionOptions) {
    this.#options = options;
  }

  /** RFC 8555 §7.1.1. */
  directory(): Promise<AcmeDirectory> {
    const reading = this.#directory ?? this.#readDirectory();
    this.#directory = reading;
    reading.catch(() => {
      if (this.#directory === reading) this.#directory = undefined;
    });
    return reading;
  }

  /** A GET without a signature. Throws `AcmeError` where it is refused, `ClientError` where there is no answer. */
  get(url: string): Promise<AcmeAnswer> {
    return this.#patiently(() => this.#send({ url, method: 'GET', headers: {} }));
  }

  /** A signed request. Throws as `get`. */
  post({ url, payload, accountUrl, accept }: Post): Promise<AcmeAnswer> {
    const { key } = this.#options;
    return this.#patiently(async () => {
      for (let attempt = 1; ; attempt += 1) {
        const nonce = this.#nonces.pop() ?? (await this.#freshNonce());
        try {
          return await this.#send({
            url,
            method: 'POST',
            headers: { 'content-type': 'application/jose+json', ...(accept !== undefined && { accept }) },
            body: signedRequest(key, { url, nonce, accountUrl, payload }),
          });
        } catch (error) {
          const refused = error instanceof AcmeError && error.code === 'badNonce';
          if (!refused || attempt === nonceAttempts) throw error;
        }
      }
    });
  }

  /** Waits for what a server said, within bounds; `signal` of the session ends it. */
  async pause(seconds: number): Promise<void> {
    const { clock, wait, signal } = this.#options;
    await wait(clock() + seconds * 1000, signal);
  }

  async #readDirectory(): Promise<AcmeDirectory> {
    const { directoryUrl } = this.#options;
    const document = new AcmeDocument((await this.get(directoryUrl)).text, directoryUrl);
    return {
      newNonce: document.url('newNonce'),
      newAccount: document.url('newAccount'),
      newOrder: document.url('newOrder'),
      renewalInfo: document.get('renewalInfo') === undefined ? undefined : document.url('renewalInfo'),
    };
  }

  async #freshNonce(): Promise<string> {
    const { newNonce } = await this.directory();
    await this.#send({ url: newNonce, method: 'HEAD', headers: {} });
    const nonce = this.#nonces.pop();
    if (nonce === undefined) {
      throw new ClientError('server_response_invalid', `${newNonce} answered without a nonce`);
    }
    return nonce;
  }

  /** Sends again what found no answer, or a server that failed or was busy for a moment. */
  async #patiently(send: () => Promise<AcmeAnswer>): Promise<AcmeAnswer> {
    const { clock, wait, signal } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send();
      } catch (error) {
        if (attempt === sendAttempts || !mayPass(error)) throw error;
        const said = error instanceof AcmeError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
        if (said > longestPauseMs) throw error;
        await wait(clock() + Math.max(said, firstPauseMs * 2 ** (attempt - 1)), signal);
      }
    }
  }

  async #send(request: {
    readonly url: string;
    readonly method: 'GET' | 'POST' | 'HEAD';
    readonly headers: Record<string, string>;
    readonly body?: string;
  }): Promise<AcmeAnswer> {
    const { connections, signal, clock } = this.#options;
    const answer = await connections.use((agent) => boundedRequest(agent, { ...request, signal }));
    const nonce = answer.headers['replay-nonce'];
    if (typeof nonce === 'string' && /^[A-Za-z0-9_-]{1,500}$/.test(nonce)) {
      // The oldest go first: they are the first to be forgotten by the server, too.
      this.#nonces.push(nonce);
      if (this.#nonces.length > keptNonces) this.#nonces.shift();
    }
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw refusal(answer, clock());
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof AcmeError) return error.status >= 500;
  return error instanceof ClientError && error.code === 'server_unreachable';
}
