import { type Agent, Headers, type RequestInit, type Response } from 'undici';
import type { Authenticate } from './authentication/authentication-method.ts';
import { chooseAuthentication } from './authentication/methods.ts';
import { isCertificateSource } from './certificate-source.ts';
import { checkOpen } from './closed.ts';
import { trustUrl } from './discovery.ts';
import { ClientError } from './errors.ts';
import { Identities, type IdentitiesOptions } from './identities.ts';
import type { Identity } from './identity.ts';
import { MetadataInUse } from './metadata-in-use.ts';
import { type ClientOptions, checkCertificate, checkOptions, scopeText } from './options.ts';
import { abortable } from './requests/abortable.ts';
import { bearerError } from './requests/challenge.ts';
import {
  type PlainAnswer,
  type PlainRequest,
  readPlainAnswer,
  toRequestInit,
} from './requests/plain-request.ts';
import { checkHttps, originOf, send } from './requests/send.ts';
import { twice } from './requests/twice.ts';
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

/** A service's side of OAuth 2.0: gets tokens, calls APIs with them, and swaps certificate and anchors while it runs. */
export class MortiseClient {
  readonly #options: ClientOptions;
  readonly #authenticate: Authenticate;
  readonly #clock: () => number;
  readonly #closing = new AbortController();
  readonly #metadata: MetadataInUse;
  readonly #identities: Identities;
  /** Ends following a certificate that is managed. */
  readonly #unfollow: () => void;

  /** Connects to nothing yet. Throws `configuration_invalid`. */
  constructor(options: ClientOptions) {
    checkOptions(options);
    const { issuer, certificate, anchors, clock = Date.now, random = Math.random } = options;
    this.#options = options;
    this.#authenticate = chooseAuthentication(options.authentication, certificate !== undefined);
    this.#clock = clock;
    this.#metadata = new MetadataInUse({ issuer, clock, signal: this.#closing.signal });
    const identities: IdentitiesOptions = {
      origin: new URL(issuer).origin,
      requestToken: (target, owner, agent) => this.#requestToken(target, owner, agent),
      clock,
      random,
      closing: this.#closing.signal,
    };
    if (!isCertificateSource(certificate)) {
      this.#identities = new Identities(identities, { certificate, anchors });
      this.#unfollow = () => undefined;
      return;
    }
    const first = certificate.credential!;
    this.#identities = new Identities(identities, { certificate: first, anchors: anchors ?? first.ca });
    this.#unfollow = certificate.follow((next) =>
      this.#identities.replace((current) => {
        const trusted = anchors === undefined && next.ca !== first.ca ? next.ca : current.anchors;
        return { certificate: next, anchors: trusted };
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
    checkOpen(this.#closing.signal);
    return this.#identities.current.tokens.get(this.#target(choice));
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
    checkOpen(this.#closing.signal);
    const call = twice(this.#identities, init, async (identity) => {
      const { response, token } = await this.#fetchOnce(url, rest, { target, identity });
      if (
        response.status === 401 &&
        bearerError(response.headers.get('www-authenticate')) === 'invalid_token'
      ) {
        const forget = (): void => identity.tokens.discard(target, token.accessToken);
        return { response, refused: { target, forget } };
      }
      return { response };
    });
    return abortable(call, init.signal);
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
    await this.#identities.replace(({ anchors }) => ({ certificate, anchors }));
  }

  /** From now on trusts these anchors, and only them; with the same promise as `replaceCertificate`. */
  async replaceAnchors(anchors: Anchors): Promise<void> {
    checkAnchors(anchors);
    await this.#identities.replace(({ certificate }) => ({ certificate, anchors }));
  }

  /**
   * From now on trusts the roots that the authorization server names, beside the anchors it has, and reports that: a root is
   * replaced only when every follower is ready. Ends with the client. Throws `configuration_invalid`.
   */
  followTrust(options?: FollowTrustOptions): TrustFollower {
    const follower = new TrustFollower(
      {
        present: () => this.#identities.current,
        trustUrl: () =>
          this.#identities.current.connections.use(async (agent) =>
            trustUrl(await this.#metadata.get(agent)),
          ),
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
    await this.#identities.close();
  }

  #target({ scope, resource }: TokenChoice): TokenTarget {
    return {
      scope: scopeText(scope ?? this.#options.scope),
      resource: resource ?? this.#options.resource,
    };
  }

  async #fetchOnce(
    url: string | URL,
    init: RequestInit,
    { target, identity }: { readonly target: TokenTarget; readonly identity: Identity },
  ) {
    const closing = this.#closing.signal;
    checkOpen(closing);
    const headers = new Headers(init.headers);
    if (headers.has('authorization')) {
      throw new ClientError('configuration_invalid', 'the client sets the Authorization header itself');
    }
    checkHttps(url);
    return identity.connections.use(async (agent) => {
      const token = await abortable(identity.tokens.get(target), init.signal);
      headers.set('authorization', `Bearer ${token.accessToken}`);
      const response = await send(url, { ...init, headers }, { agent, closing });
      return { response, token };
    });
  }

  async #fetchWithout(url: string | URL, init: RequestInit): Promise<Response> {
    checkHttps(url);
    const closing = this.#closing.signal;
    checkOpen(closing);
    const call = twice(this.#identities, init, async ({ connections }) => ({
      response: await connections.use((agent) => send(url, init, { agent, closing })),
    }));
    return abortable(call, init.signal);
  }

  async #requestToken(target: TokenTarget, identity: Identity, agent: Agent): Promise<AccessToken> {
    const { tokenEndpoint, mtlsTokenEndpoint } = await this.#metadata.get(agent);
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
}

/** Makes a client. It connects when it is first used. Throws `ClientError` with code `configuration_invalid`. */
export function createClient(options: ClientOptions): MortiseClient {
  return new MortiseClient(options);
}
