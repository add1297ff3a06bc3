import { randomUUID } from 'node:crypto';
import { ClientError } from '../errors.ts';
import type { PlainAnswer, PlainRequest } from '../requests/plain-request.ts';
import type { Anchors } from '../transport/anchors.ts';
import { anchorsWith, readTrustBundle } from './trust-bundle.ts';

export interface FollowTrustOptions {
  /** How often the server is asked for its roots, and told what is trusted. 10 to 3600; default 300. */
  readonly everySeconds?: number | undefined;
  /** As what to report: a program with this library, or one that keeps certificates for other programs. Default `client`. */
  readonly kind?: 'client' | 'agent' | undefined;
  /** Tells this process apart from others of its client, 1 to 64 letters, digits, `-` and `_`. Default: random, anew for each process. */
  readonly instance?: string | undefined;
  /** Hears of each change of what is trusted: all certificates, as PEM. Awaited before it is reported. */
  readonly onChange?: ((anchors: readonly string[]) => void | Promise<void>) | undefined;
  /** Hears why the server could not be asked or told; it is tried again. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What a follower needs of a client. */
export interface TrustingClient {
  /** What it trusts and presents now: without a certificate no report is taken. */
  present(): { readonly anchors: Anchors | undefined; readonly certificate: object | undefined };
  /** URL of `/trust/v1` on the listener that takes certificates. */
  trustUrl(): Promise<string>;
  request(request: PlainRequest): Promise<PlainAnswer>;
  replaceAnchors(anchors: Anchors): Promise<void>;
}

const firstRetryMs = 1_000;

/**
 * Takes up the roots that the authorization server names, and reports what is trusted since: so that a root is replaced only when
 * this process is ready for the new one.
 */
export class TrustFollower {
  readonly #client: TrustingClient;
  readonly #options: FollowTrustOptions;
  readonly #instance: string;
  #trusted: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();
  #failures = 0;
  #closed = false;

  /** Asks at once, and again and again until it is closed; keeps no process alive. Throws `configuration_invalid`. */
  constructor(client: TrustingClient, options: FollowTrustOptions = {}) {
    const { everySeconds = 300 } = options;
    if (!(everySeconds >= 10 && everySeconds <= 3600)) {
      throw new ClientError('configuration_invalid', '"everySeconds" must be a number from 10 to 3600');
    }
    const { instance = randomUUID() } = options;
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(instance)) {
      throw new ClientError(
        'configuration_invalid',
        '"instance" must be 1 to 64 letters, digits, "-" and "_"',
      );
    }
    this.#instance = instance;
    this.#client = client;
    this.#options = options;
    this.#again(0);
  }

  /** Asks and reports now. Rejects with why that failed; what was trusted stays then. */
  check(): Promise<void> {
    const check = this.#working.then(() => this.#check());
    this.#working = check.catch(() => undefined);
    return check;
  }

  /** Asks no more. What is trusted stays. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #again(delayMs: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#turn(), delayMs);
    this.#timer.unref();
  }

  async #turn(): Promise<void> {
    const everyMs = (this.#options.everySeconds ?? 300) * 1000;
    try {
      await this.check();
      this.#failures = 0;
      this.#again(everyMs);
    } catch (error) {
      if (!this.#closed) this.#options.onError?.(error);
      this.#again(Math.min(everyMs, firstRetryMs * 2 ** this.#failures++));
    }
  }

  async #check(): Promise<void> {
    const url = await this.#client.trustUrl();
    const answer = await this.#ask({ url: `${url}/bundle`, maxBytes: 1_048_576 }, 200);
    const anchors = anchorsWith(this.#client.present().anchors, readTrustBundle(answer.json()));
    const text = anchors.map(({ pem }) => pem).join('');
    if (text !== this.#trusted) {
      const pems = anchors.map(({ pem }) => pem);
      await this.#client.replaceAnchors(pems);
      await this.#options.onChange?.(pems);
      this.#trusted = text;
    }
    if (this.#client.present().certificate === undefined) return;
    const { kind = 'client' } = this.#options;
    const report = { kind, instance: this.#instance, anchors: anchors.map(({ sha256 }) => sha256) };
    await this.#ask({ url: `${url}/reports`, method: 'POST', json: report }, 204);
  }

  async #ask(request: PlainRequest, expected: number): Promise<PlainAnswer> {
    const answer = await this.#client.request({ ...request, token: false });
    if (answer.status === expected) return answer;
    throw new ClientError('server_unreachable', `${request.url} answered with status ${answer.status}`);
  }
}
