import type { KeyObject } from 'node:crypto';
import { createHash, createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { type RequestOptions, request } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The JSON document; `{}` where there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: documents of a protocol, looked into by tests
  readonly json: any;
}

/** What a request is made of, where a test wants it otherwise. */
export interface Deviation {
  /** Merged into the protected header; undefined takes a member out. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Sent as the body in place of the JWS. */
  readonly body?: string;
  readonly signature?: string;
  readonly contentType?: string;
  /** Asked in place of the URL that is signed. */
  readonly target?: string;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A small ACME client over real HTTPS, for tests: it does what it is told, right or wrong. */
export class AcmeClient {
  readonly key: KeyObject;
  readonly #directoryUrl: string;
  readonly #ca: string;
  readonly #algorithm: string;
  readonly #digest: string | null;
  directory: Record<string, string> = {};
  /** URL of the account. */
  kid: string | undefined;
  /** Where requests go, if not to where their URLs lead: another node. */
  at: { readonly hostname: string; readonly port: number } | undefined;
  #nonce: string | undefined;

  constructor(options: {
    readonly directoryUrl: string;
    readonly ca: string;
    readonly key?: KeyObject;
    readonly algorithm?: string;
  }) {
    this.#directoryUrl = options.directoryUrl;
    this.#ca = options.ca;
    this.key = options.key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    this.#algorithm = options.algorithm ?? 'ES256';
    this.#digest = this.#algorithm === 'EdDSA' ? null : `sha${this.#algorithm.slice(2)}`;
  }

  /** RFC 7638 of the account's key. */
  get thumbprint(): string {
    const members = Object.entries(this.jwk).sort(([a], [b]) => (a < b ? -1 : 1));
    return createHash('sha256')
      .update(JSON.stringify(Object.fromEntries(members)))
      .digest('base64url');
  }

  get jwk(): Record<string, string> {
    return createPublicKey(this.key).export({ format: 'jwk' }) as Record<string, string>;
  }

  async open(): Promise<this> {
    this.directory = (await this.send('GET', this.#directoryUrl)).json as Record<string, string>;
    return this;
  }

  async nonce(): Promise<string> {
    const kept = this.#nonce;
    this.#nonce = undefined;
    return kept ?? String((await this.send('HEAD', this.directory['newNonce']!)).headers['replay-nonce']);
  }

  /**
   * A signed request; `payload` undefined is POST-as-GET. One that is refused for its nonce, as after a restart of the server, is sent again
   * with the nonce of the refusal (RFC 8555 §6.5), but for a nonce that was given.
   */
  async post(url: string, payload?: unknown, deviation: Deviation = {}): Promise<Answer> {
    if (deviation.header !== undefined && 'nonce' in deviation.header)
      return this.#postOnce(url, payload, deviation, '');
    const answer = await this.#postOnce(url, payload, deviation, await this.nonce());
    return answer.json.type === 'urn:ietf:params:acme:error:badNonce'
      ? this.#postOnce(url, payload, deviation, await this.nonce())
      : answer;
  }

  #postOnce(url: string, payload: unknown, deviation: Deviation, nonce: string): Promise<Answer> {
    const identity = this.kid === undefined ? { jwk: this.jwk } : { kid: this.kid };
    const header = { alg: this.#algorithm, nonce, url, ...identity, ...deviation.header };
    const jws = {
      ...this.jws(header, payload),
      ...(deviation.signature === undefined ? {} : { signature: deviation.signature }),
    };
    return this.send(
      'POST',
      deviation.target ?? url,
      deviation.body ?? JSON.stringify(jws),
      deviation.contentType,
    );
  }

  jws(header: object, payload: unknown, key: KeyObject = this.key) {
    const encoded = { protected: encode(header), payload: payload === undefined ? '' : encode(payload) };
    const signed = Buffer.from(`${encoded.protected}.${encoded.payload}`);
    const signature = sign(this.#digest, signed, { key, dsaEncoding: 'ieee-p1363' });
    return { ...encoded, signature: signature.toString('base64url') };
  }

  /** RFC 8555 §7.3.4. */
  binding(kid: string, hmacKey: string, header: object = {}) {
    const url = this.directory['newAccount'];
    const encoded = { protected: encode({ alg: 'HS256', kid, url, ...header }), payload: encode(this.jwk) };
    const mac = createHmac('sha256', Buffer.from(hmacKey, 'base64url'));
    return {
      ...encoded,
      signature: mac.update(`${encoded.protected}.${encoded.payload}`).digest('base64url'),
    };
  }

  async register(payload: object = {}): Promise<Answer> {
    const answer = await this.post(this.directory['newAccount']!, payload);
    if (answer.status < 300) this.kid = answer.headers['location'] as string;
    return answer;
  }

  order(identifiers: readonly string[], more: object = {}): Promise<Answer> {
    const read = identifiers.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value }));
    return this.post(this.directory['newOrder']!, { identifiers: read, ...more });
  }

  /** Asks again until it is no longer pending or processing. */
  async settled(url: string): Promise<Answer> {
    for (;;) {
      const answer = await this.post(url);
      if (!['pending', 'processing'].includes(answer.json.status as string)) return answer;
      await new Promise((resume) => setTimeout(resume, 20));
    }
  }

  async send(
    method: string,
    url: string,
    body?: string,
    contentType = 'application/jose+json',
  ): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const headers = body === undefined ? {} : { 'content-type': contentType };
    const options: RequestOptions = {
      method,
      ca: this.#ca,
      agent: false,
      headers,
      servername: new URL(url).hostname,
      ...this.at,
    };
    const outgoing = request(url, options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = /json/.test(incoming.headers['content-type'] ?? '');
        const nonce = incoming.headers['replay-nonce'];
        if (method === 'POST' && typeof nonce === 'string') this.#nonce = nonce;
        const json: unknown = isJson ? JSON.parse(text) : {};
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
    return promise;
  }
}
