import { type Agent, fetch, Headers, type RequestInit, type Response } from 'undici';
import type { Authenticate } from './authentication/authentication-method.ts';
import { chooseAuthentication } from './authentication/methods.ts';
import { isCertificateSource } from './certificate-source.ts';
import { discover, type ServerMetadata, trustUrl } from './discovery.ts';
import { ClientError } from './errors.ts';
import { Identity } from './identity.ts';
import { type ClientOptions, checkCertificate, checkOptions, scopeText } from './options.ts';
import { Overlap } from './overlap.ts';
import { abortable } from './requests/abortable.ts';
import { bearerError } from './requests/challenge.ts';
import {
  type PlainAnswer,
  type PlainRequest,
  readPlainAnswer,
  toRequestInit,
} from './requests/plain-request.ts';
import { isRefusedConnection } from './requests/refused-connection.ts';
import { isReplayable } from './requests/replayable.ts';
import { type AccessToken, requestToken, type TokenTarget } from './tokens/token-request.ts';
import { type Anchors, checkAnchors } from './transport/anchors.ts';
import type { ClientCertificate } from './transport/connections.ts';
import { type FollowTrustOptions, TrustFollower } from './trust/trust-follower.ts';

/** Which token a call needs; what is left out is that of the client's options. */
export interface TokenChoice {
  readonly scope?: string | readonly string[] | undefined;
  /** RFC 8707 resource identifier. */
  readonly resource?: string | undefined;
}

/** What `fetch` takes, and which token to send. The dispatcher is the client's. */
export type ProtectedRequestInit = Omit<RequestInit, 'dispatcher'> & TokenChoice;

const metadataLifetimeMs = 3_600_000;
/** How many of the tokens in use a new certificate has to prove itself with before it takes over. */
const provenTokens = 16;

/** A service's side of OAuth 2.0: gets tokens, calls APIs with them, and swaps certificate and anchors while it runs. */
export class MortiseClient {
  readonly #options: ClientOptions;
  readonly #authenticate: Authenticate;
  readonly #clock: () => number;
  readonly #closing = new AbortController();
  readonly #identities = new Set<Identity>();
  readonly #overlap: Overlap;
  /** Ends following a certificate that is managed. */
  readonly #unfollow: () => void;
  #identity: Identity;
  #metadata: { readonly value: Promise<ServerMetadata>; readonly until: number } | undefined;
  #replacing: Promise<unknown> = Promise.resolve();

  /** Connects to nothing yet. Throws `configuration_invalid`. */
  constructor(options: ClientOptions) {
    checkOptions(options);
    this.#options = options;
    this.#authenticate = chooseAuthentication(options.authentication, options.certificate !== undefined);
    this.#clock = options.clock ?? Date.now;
    this.#overlap = new Overlap({
      again: ({ certificate, anchors }) => this.#createIdentity(certificate, anchors),
      drop: (identity) => void identity.connections.retire().then(() => this.#drop(identity)),
      clock: this.#clock,
    });
    const { certificate, anchors } = options;
    if (!isCertificateSource(certificate)) {
      this.#identity = this.#createIdentity(certificate, anchors);
      this.#unfollow = () => undefined;
      return;
    }
    const first = certificate.credential!;
    this.#identity = this.#createIdentity(first, anchors ?? first.ca);
    this.#unfollow = certificate.follow((next) =>
      this.#replace((current) => {
        const trusted = anchors === undefined && next.ca !== first.ca ? next.ca : current.anchors;
        return this.#createIdentity(next, trusted);
      }),
    );
  }

  /**
   * An access token: the one at hand, renewed shortly before it expires, or a new one. One request is in flight for each (resource, scope),
   * however many ask.
   *
   * Rejects with `OAuthError` where the server refuses, with `ClientError` where it cannot be asked.
   */
  async token(choice: TokenChoice = {}): Promise<AccessToken> {
    this.#checkOpen();
    return this.#identity.tokens.get(this.#target(choice));
  }

  /**
   * Calls an API: `fetch` of the Fetch standard, over a connection that presents the certificate and validates the server against the
   * anchors, with the bound token as `Authorization`. Where the API answers 401 `invalid_token` the call is made once more with a fresh
   * token, if its body can be sent twice; for ten minutes after a certificate was replaced, with the former one and a token bound to
   * that, as also where a server refuses the connection. Redirects are not followed unless `redirect` says so: a token is meant for
   * one resource.
   *
   * Rejects as `token` does; with `configuration_invalid` for a URL without https or an `Authorization` of the caller's own.
   */
  async fetch(url: string | URL, init: ProtectedRequestInit = {}): Promise<Response> {
    const { scope, resource, ...rest } = init;
    const target = this.#target({ scope, resource });
    return this.#twice(init, async (identity) => {
      const { response, token } = await this.#fetchOnce(url, rest, { target, identity });
      if (
        response.status === 401 &&
        bearerError(response.headers.get('www-authenticate')) === 'invalid_token'
      ) {
        return { response, refused: () => identity.tokens.discard(target, token.accessToken), target };
      }
      return { response };
    });
  }

  /**
   * `fetch` for programs that want the whole answer: sends JSON or text, reads at most `maxBytes` of text within `timeoutSeconds`. `token:
   * false` sends none.
   */
  async request(request: PlainRequest & TokenChoice): Promise<PlainAnswer> {
    const { init, timeout } = toRequestInit(request);
    try {
      const response =
        request.token === false
          ? await this.#fetchWithout(request.url, init)
          : await this.fetch(request.url, { ...init, scope: request.scope, resource: request.resource });
      return await readPlainAnswer(response, request);
    } catch (error) {
      if (timeout.aborted)
        throw new ClientError('server_unreachable', `${originOf(request.url)} did not answer in time`);
      throw error;
    }
  }

  /**
   * From now on presents another certificate. Tokens in use are first obtained anew over it; where that fails, this rejects and the former
   * certificate stays. Calls under way end over the connections they began on.
   */
  async replaceCertificate(certificate: ClientCertificate): Promise<void> {
    checkCertificate(certificate);
    await this.#replace((current) => this.#createIdentity(certificate, current.anchors));
  }

  /** From now on trusts these anchors, and only them; with the same promise as `replaceCertificate`. */
  async replaceAnchors(anchors: Anchors): Promise<void> {
    checkAnchors(anchors);
    await this.#replace((current) => this.#createIdentity(current.certificate, anchors));
  }

  /**
   * From now on trusts the roots that the authorization server names, beside the anchors it has, and reports that: a root is
   * replaced only when every follower is ready. Ends with the client. Throws `configuration_invalid`.
   */
  followTrust(options?: FollowTrustOptions): TrustFollower {
    const follower = new TrustFollower(
      {
        present: () => this.#identity,
        trustUrl: () =>
          this.#identity.connections.use(async (agent) => trustUrl(await this.#discover(agent))),
        request: (request) => this.request(request),
        replaceAnchors: (anchors) => this.replaceAnchors(anchors),
      },
      options,
    );
    this.#closing.signal.addEventListener('abort', () => follower.close(), { once: true });
    return follower;
  }

  /** Ends every connection and every call under way, which reject with `closed`. */
  async close(): Promise<void> {
    this.#unfollow();
    this.#closing.abort();
    await Promise.all(Array.from(this.#identities, (identity) => identity.connections.destroy()));
    this.#identities.clear();
  }

  #target({ scope, resource }: TokenChoice): TokenTarget {
    return {
      scope: scopeText(scope ?? this.#options.scope),
      resource: resource ?? this.#options.resource,
    };
  }

  /** Makes a call, and once more where a server disagrees about the certificate or the token. */
  async #twice(
    { body, method }: Pick<RequestInit, 'body' | 'method'>,
    call: (identity: Identity) => Promise<{
      response: Response;
      /** Forgets the token that was refused. */
      refused?: () => void;
      target?: TokenTarget;
    }>,
  ): Promise<Response> {
    this.#checkOpen();
    const identity = this.#identity;
    const first = await call(identity).catch((error: unknown) => {
      if (isRefusedConnection(error, method) && isReplayable(body)) return { error };
      throw error;
    });
    if ('error' in first) {
      const other = this.#otherThan(identity);
      if (other === undefined) throw first.error;
      return (await call(other)).response;
    }
    const { response, refused, target } = first;
    if (refused === undefined || !isReplayable(body)) return response;
    refused();
    await response.body?.cancel();
    return (await call(await this.#otherWithToken(identity, target!))).response;
  }

  /** Where a call began before a replacement: the one in use now. Else the former one, while its time lasts. */
  #otherThan(identity: Identity): Identity | undefined {
    return identity === this.#identity ? this.#overlap.identity() : this.#identity;
  }

  /** The other one if it still gets a token, else the one in use. */
  async #otherWithToken(identity: Identity, target: TokenTarget): Promise<Identity> {
    const other = this.#otherThan(identity);
    if (other === undefined) return identity;
    try {
      await other.tokens.get(target);
      return other;
    } catch {
      return this.#identity;
    }
  }

  async #fetchOnce(
    url: string | URL,
    init: RequestInit,
    { target, identity }: { readonly target: TokenTarget; readonly identity: Identity },
  ) {
    this.#checkOpen();
    const headers = new Headers(init.headers);
    if (headers.has('authorization')) {
      throw new ClientError('configuration_invalid', 'the client sets the Authorization header itself');
    }
    checkHttps(url);
    return identity.connections.use(async (agent) => {
      const token = await abortable(identity.tokens.get(target), init.signal);
      headers.set('authorization', `Bearer ${token.accessToken}`);
      const response = await this.#send(agent, url, { ...init, headers });
      return { response, token };
    });
  }

  async #fetchWithout(url: string | URL, init: RequestInit): Promise<Response> {
    checkHttps(url);
    return this.#twice(init, async ({ connections }) => ({
      response: await connections.use((agent) => this.#send(agent, url, init)),
    }));
  }

  async #send(agent: Agent, url: string | URL, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, { redirect: 'manual', ...init, dispatcher: agent });
    } catch (error) {
      if (this.#closing.signal.aborted) throw new ClientError('closed', 'the client has been closed');
      if (init.signal?.aborted === true) throw error;
      const cause = error instanceof TypeError ? (error.cause ?? error) : error;
      throw new ClientError('server_unreachable', `no answer from ${originOf(url)}`, { cause });
    }
  }

  #createIdentity(certificate: ClientCertificate | undefined, anchors: Anchors | undefined): Identity {
    const identity = new Identity({
      certificate,
      anchors,
      origin: new URL(this.#options.issuer).origin,
      requestToken: (target, owner, agent) => this.#requestToken(target, owner, agent),
      clock: this.#clock,
      random: this.#options.random ?? Math.random,
    });
    this.#identities.add(identity);
    return identity;
  }

  async #requestToken(target: TokenTarget, identity: Identity, agent: Agent): Promise<AccessToken> {
    const { tokenEndpoint, mtlsTokenEndpoint } = await this.#discover(agent);
    const endpoint =
      identity.certificate === undefined ? tokenEndpoint : (mtlsTokenEndpoint ?? tokenEndpoint);
    return requestToken(target, {
      agent,
      endpoint,
      issuer: this.#options.issuer,
      clientId: this.#options.clientId,
      authenticate: this.#authenticate,
      clock: this.#clock,
      signal: this.#closing.signal,
    });
  }

  #discover(agent: Agent): Promise<ServerMetadata> {
    const now = this.#clock();
    if (this.#metadata !== undefined && now < this.#metadata.until) return this.#metadata.value;
    const value = discover(this.#options.issuer, agent, this.#closing.signal);
    const metadata = { value, until: now + metadataLifetimeMs };
    this.#metadata = metadata;
    value.catch(() => {
      if (this.#metadata === metadata) this.#metadata = undefined;
    });
    return value;
  }

  /** One replacement after the other. */
  #replace(create: (current: Identity) => Identity): Promise<void> {
    const replaced = this.#replacing.then(() => this.#prove(create(this.#identity)));
    this.#replacing = replaced.catch(() => undefined);
    return replaced;
  }

  /** Lets an identity take over once it has obtained the tokens that are in use. */
  async #prove(next: Identity): Promise<void> {
    const current = this.#identity;
    try {
      this.#checkOpen();
      const targets = current.tokens.targets().slice(0, provenTokens);
      await Promise.all(targets.map((target) => next.tokens.get(target)));
    } catch (error) {
      await this.#drop(next);
      throw error;
    }
    this.#identity = next;
    // Servers may disagree about a certificate, not about whom this client trusts.
    if (next.certificate !== current.certificate) this.#overlap.begin(current);
    void current.connections.retire().then(() => this.#drop(current));
  }

  async #drop(identity: Identity): Promise<void> {
    this.#identities.delete(identity);
    await identity.connections.destroy();
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new ClientError('closed', 'the client has been closed');
  }
}

/** Makes a client. It connects when it is first used. Throws `ClientError` with code `configuration_invalid`. */
export function createClient(options: ClientOptions): MortiseClient {
  return new MortiseClient(options);
}

function checkHttps(url: string | URL): void {
  if (URL.parse(String(url))?.protocol === 'https:') return;
  throw new ClientError('configuration_invalid', 'tokens and certificates are sent to https URLs only');
}

/** For messages: paths and queries may hold what is nobody's business. */
function originOf(url: string | URL): string {
  return URL.parse(String(url))?.origin ?? 'the URL';
}
