import { createPublicKey } from 'node:crypto';
import type { KeySealer, ProfileName } from '../authority/index.ts';
import type { Actor } from '../events/index.ts';
import {
  AcmeError,
  type AcmeErrorType,
  accountDeactivated,
  malformed,
  notFound,
  problemDocument,
} from './acme-error.ts';
import type { ValidationNetwork } from './challenges/challenge-method.ts';
import { type AcmeContext, type AcmeProfile, acmeProfile, type CertificateAuthority } from './context.ts';
import type { Endpoint, Reply, SignedCall } from './endpoint.ts';
import { endpoints } from './endpoints.ts';
import { addExternalAccountKey } from './external-account.ts';
import { decode, parseObject, readJwk, readJws, signatureAlgorithm, verifyJws } from './jws.ts';
import { ProcessNonces } from './process-nonces.ts';
import { defaultRateLimits, type RateLimitSettings, RateLimits } from './rate-limits.ts';
import type { AcmeAccount } from './records.ts';
import type { AcmeRequest, AcmeResponse } from './request.ts';
import { type NonceUses, SharedNonces } from './shared-nonces.ts';
import type { AcmeStore } from './store.ts';
import { AcmeUrls } from './urls.ts';
import { type ValidationSettings, Validations } from './validations.ts';

export interface AcmeServerOptions {
  readonly store: AcmeStore;
  /** Where all nodes remember used nonces. Default: this process is the only one. */
  readonly nonceUses?: NonceUses | undefined;
  readonly authority: CertificateAuthority;
  readonly recalls: AcmeContext['recalls'];
  readonly crossCertificate?: AcmeContext['crossCertificate'];
  readonly revocation: AcmeContext['revocation'];
  readonly clients: AcmeContext['clients'];
  readonly sealer: KeySealer;
  readonly network: ValidationNetwork;
  readonly issuer: string;
  /** Default false. */
  readonly externalAccountRequired?: boolean;
  readonly validation?: ValidationSettings;
  readonly rateLimits?: RateLimitSettings;
  readonly clock: () => number;
  /** Told of each refused request. */
  readonly onRefusal?: (type: AcmeErrorType) => void;
  readonly log: {
    info(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

interface Place {
  readonly endpoint: Endpoint;
  readonly profile: AcmeProfile;
  readonly params: readonly string[];
}

/** One segment of a path: an id, a type, the name of a certificate. */
const segments = /^[A-Za-z0-9._~-]{1,200}$/;

/** RFC 8555 for every profile: reads a request, verifies who signed it, lets its endpoint answer. */
export class AcmeServer {
  readonly #options: AcmeServerOptions;
  readonly #context: AcmeContext;
  readonly #validations: Validations;

  constructor(options: AcmeServerOptions) {
    this.#options = options;
    const { store, authority, recalls, revocation, clients, sealer, clock, log, issuer, nonceUses } = options;
    const limits = new RateLimits(options.rateLimits ?? defaultRateLimits, clock);
    this.#validations = new Validations({
      ...options.validation,
      store,
      network: options.network,
      limits,
      clock,
      onError: (error) => log.error({ err: error }, 'a validation failed'),
    });
    this.#context = {
      store,
      nonces:
        nonceUses === undefined ? new ProcessNonces() : new SharedNonces({ sealer, uses: nonceUses, clock }),
      authority,
      recalls,
      crossCertificate: options.crossCertificate,
      revocation,
      clients,
      sealer,
      limits,
      validate: (id) => this.#validations.attempt(id),
      issuer,
      externalAccountRequired: options.externalAccountRequired ?? false,
      clock,
    };
  }

  /** Answers one request; never rejects for what the client did. */
  async handle(request: AcmeRequest): Promise<AcmeResponse> {
    const { log } = this.#options;
    const place = this.#find(request.path);
    const profile = place?.profile;
    try {
      if (place === undefined) throw notFound();
      return this.#respond(place, request, await this.#answer(place, request));
    } catch (error) {
      if (!(error instanceof AcmeError))
        log.error({ err: error, path: request.path }, 'an ACME request failed');
      const refusal =
        error instanceof AcmeError
          ? error
          : new AcmeError('serverInternal', 'The server failed; its log says why.');
      const { type, status } = refusal;
      this.#options.onRefusal?.(type);
      log.info({ type, status, path: request.path, detail: refusal.message }, 'an ACME request was refused');
      return this.#refuse(profile, refusal);
    }
  }

  /** A MAC key with which one account can be bound to a client; shown this once. */
  addExternalAccountKey(options: {
    readonly clientId: string;
    readonly profile: ProfileName;
    readonly lifetimeSeconds: number;
    readonly actor: Actor;
  }): ReturnType<typeof addExternalAccountKey> {
    return addExternalAccountKey(this.#context, options);
  }

  directoryUrl(profile: AcmeProfile['name']): string {
    return new AcmeUrls(this.#context.issuer, profile).directory;
  }

  /** How many challenges are being validated, or wait for it. */
  get validations(): number {
    return this.#validations.size;
  }

  /** Takes up validations that nobody is at. */
  sweep(): Promise<void> {
    return this.#validations.sweep();
  }

  close(): Promise<void> {
    return this.#validations.close();
  }

  #find(path: string): Place | undefined {
    const [name, ...rest] = path.split('/');
    const profile = acmeProfile(this.#context.authority.profiles, name);
    if (profile === undefined || !rest.every((segment) => segments.test(segment))) return undefined;
    for (const endpoint of endpoints) {
      const pattern = endpoint.path.split('/');
      if (pattern.length !== rest.length) continue;
      const isParam = (index: number): boolean => pattern[index]!.startsWith('{');
      if (!pattern.every((part, index) => isParam(index) || part === rest[index])) continue;
      return { endpoint, profile, params: rest.filter((_, index) => isParam(index)) };
    }
    return undefined;
  }

  async #answer(place: Place, request: AcmeRequest): Promise<Reply> {
    const { endpoint, profile, params } = place;
    const context = this.#context;
    const urls = new AcmeUrls(context.issuer, profile.name);
    const call = { context, profile, urls, params, request, now: context.clock() };
    const reading = request.method === 'GET' || request.method === 'HEAD';
    // RFC 8555 §6.3: what anybody may read answers to POST-as-GET, too.
    if (endpoint.signedBy === 'nobody' && reading) return endpoint.handle(call);
    if (request.method !== 'POST') {
      throw new AcmeError('malformed', 'This resource answers to POST.', {
        status: 405,
        headers: { Allow: 'POST' },
      });
    }
    const signed = await this.#verify(place, request, urls);
    const signedCall: SignedCall = { ...call, payload: signed.payload, url: signed.url };
    switch (endpoint.signedBy) {
      case 'nobody':
        return endpoint.handle(call);
      case 'account':
        return endpoint.handle({ ...signedCall, account: signed.account! });
      case 'key':
        return endpoint.handle({ ...signedCall, key: signed.key! });
      case 'either':
        return signed.account === undefined
          ? endpoint.handle({ ...signedCall, key: signed.key! })
          : endpoint.handle({ ...signedCall, account: signed.account });
    }
  }

  /** RFC 8555 §6.2 to §6.5, in this order: form, URL, key, signature, nonce. */
  async #verify({ endpoint }: Place, request: AcmeRequest, urls: AcmeUrls) {
    if (!/^application\/jose\+json\s*(;|$)/i.test(request.contentType ?? '')) {
      throw new AcmeError('malformed', 'A request is application/jose+json.', { status: 415 });
    }
    if (request.body === undefined)
      throw new AcmeError('malformed', 'The request is too large.', { status: 413 });
    const jws = readJws(parseObject(request.body, 'The request'));
    const { jwk, kid, nonce } = jws.header;
    const url = `${this.#context.issuer.replace(/\/$/, '')}/acme/${request.path}${request.query === '' ? '' : `?${request.query}`}`;
    if (jws.header['url'] !== url) {
      throw new AcmeError('unauthorized', 'The url of the request is not the one that it was sent to.');
    }
    signatureAlgorithm(jws);
    if ((jwk === undefined) === (kid === undefined)) throw malformed('A request has either jwk or kid.');
    if (endpoint.signedBy === 'key' && jwk === undefined) throw malformed('This request is signed with jwk.');
    if (endpoint.signedBy === 'account' && kid === undefined)
      throw malformed('This request is signed with kid.');
    const account = kid === undefined ? undefined : await this.#account(kid, urls);
    const key =
      account === undefined
        ? readJwk(jwk)
        : { jwk: account.jwk, publicKey: createPublicKey({ key: { ...account.jwk }, format: 'jwk' }) };
    verifyJws(jws, key);
    if (typeof nonce !== 'string') throw new AcmeError('badNonce', 'The request has no nonce.');
    decode(nonce, 'nonce');
    if (!(await this.#context.nonces.use(nonce))) {
      throw new AcmeError('badNonce', 'The nonce is not one of this server, too old, or used.');
    }
    const payload = jws.payload.length === 0 ? undefined : parseObject(jws.payload, 'The payload');
    return { url, payload, account, key: account === undefined ? readJwk(jwk) : undefined };
  }

  async #account(kid: unknown, urls: AcmeUrls): Promise<AcmeAccount> {
    const prefix = urls.account('');
    const id = typeof kid === 'string' && kid.startsWith(prefix) ? kid.slice(prefix.length) : '';
    const account = segments.test(id) ? await this.#context.store.findAccount(id) : undefined;
    if (
      account === undefined ||
      urls.account(account.id) !== kid ||
      !urls.base.endsWith(`/${account.profile}`)
    ) {
      throw new AcmeError('accountDoesNotExist', 'kid is no account of this directory.');
    }
    if (account.status !== 'valid') throw accountDeactivated();
    if (account.clientId !== undefined) {
      const client = await this.#context.clients.find(account.clientId);
      if (client?.status !== 'active') {
        throw new AcmeError('unauthorized', 'The client that the account is bound to is not active.');
      }
    }
    return account;
  }

  #respond(place: Place, request: AcmeRequest, reply: Reply): AcmeResponse {
    const { document, text, links = [] } = reply;
    const urls = new AcmeUrls(this.#context.issuer, place.profile.name);
    const nonce = request.method === 'POST' ? { 'Replay-Nonce': this.#context.nonces.issue() } : {};
    const index = place.endpoint.path === 'directory' ? [] : [['index', urls.directory] as const];
    return {
      status: reply.status,
      headers: {
        'Cache-Control': 'no-store',
        ...(document === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...nonce,
        ...linkHeader([...index, ...links]),
        ...reply.headers,
      },
      body: text ?? (document === undefined ? '' : JSON.stringify(document)),
    };
  }

  #refuse(profile: AcmeProfile | undefined, error: AcmeError): AcmeResponse {
    const { retryAfterSeconds, headers } = error.more;
    const urls = profile === undefined ? undefined : new AcmeUrls(this.#context.issuer, profile.name);
    return {
      status: error.status,
      headers: {
        'Cache-Control': 'no-store',
        'Content-Type': 'application/problem+json',
        'Replay-Nonce': this.#context.nonces.issue(),
        ...linkHeader(urls === undefined ? [] : [['index', urls.directory]]),
        ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
        ...headers,
      },
      body: JSON.stringify(problemDocument(error)),
    };
  }
}

function linkHeader(links: readonly (readonly [relation: string, url: string])[]): {
  Link?: readonly string[];
} {
  return links.length === 0 ? {} : { Link: links.map(([relation, url]) => `<${url}>;rel="${relation}"`) };
}
