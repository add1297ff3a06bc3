import { hash } from 'node:crypto';
import type { Server as TlsServer } from 'node:tls';
import type { Decision, RefusalDetail, Refused, RequestFacts, Requirements } from './access.ts';
import { refusalOf } from './admission.ts';
import { hasTokenInQuery, isBearerToken, readAuthorizationHeader } from './authorization-header.ts';
import { refuse } from './challenge.ts';
import type { WatchOptions } from './connection/live-connections.ts';
import type { ResourceServerEvent } from './events.ts';
import type { KeySource } from './keys/key-source.ts';
import type { MetadataDocument } from './metadata.ts';
import type { ResourceServerOptions } from './options.ts';
import type { Denylist } from './revocation/denylist.ts';
import type { Revocation } from './revocation/revocation.ts';
import { type TokenVerdict, TokenVerifier, type VerifiedToken } from './tokens/token-verifier.ts';
import { VerifiedTokenCache } from './tokens/verified-token-cache.ts';

/** What `createResourceServer` puts together. */
export interface ResourceServerParts {
  readonly options: ResourceServerOptions;
  readonly keys: KeySource;
  readonly revocation: Revocation;
  readonly metadata: MetadataDocument | undefined;
  readonly log: (event: ResourceServerEvent) => void;
  readonly clock: () => number;
  /** Ends the connections to the authorization server. */
  readonly closeTransport: () => Promise<void>;
}

/** How far the denylist has been followed. */
export interface RevocationStatus {
  /** Position of the authorization server's acts; 0 before the first list, or where nothing is followed. */
  readonly position: number;
  /** Milliseconds since the list was last known to be whole; Infinity before the first one, 0 where nothing is followed. */
  readonly stalenessMs: number;
  readonly stale: boolean;
  /** Entries in the list. */
  readonly entries: number;
}

const noScope: readonly string[] = [];
const notBearer: RefusalDetail = {
  reason: 'malformed_authorization',
  detail: 'the Authorization header holds no b64token',
};

/** Decides who may do what to one resource. Made by `createResourceServer`; the adapters carry its decisions out. */
export class ResourceServer {
  readonly issuer: string;
  readonly resource: string;
  /** RFC 9728 metadata and where to serve it; undefined where the resource's identifier is no https URL. */
  readonly metadata: MetadataDocument | undefined;
  readonly #parts: ResourceServerParts;
  readonly #verifier: TokenVerifier;
  readonly #cache: VerifiedTokenCache<VerifiedToken>;
  readonly #clockToleranceMs: number;
  readonly #maxTokenLength: number;

  constructor(parts: ResourceServerParts) {
    const { options, keys } = parts;
    this.issuer = options.issuer;
    this.resource = options.resource;
    this.metadata = parts.metadata;
    this.#parts = parts;
    this.#verifier = new TokenVerifier(keys, options.algorithms ?? ['ES256'], options);
    this.#cache = new VerifiedTokenCache(options.cache?.maxEntries ?? 10_000);
    this.#clockToleranceMs = (options.clockToleranceSeconds ?? 5) * 1000;
    this.#maxTokenLength = options.maxTokenLength ?? 8_192;
  }

  /** The denylist in force; undefined where revocation is `'none'`. */
  get denylist(): Denylist | undefined {
    return this.#parts.revocation.denylist;
  }

  get revocation(): RevocationStatus {
    const { position, stalenessMs, denylist } = this.#parts.revocation;
    return { position, stalenessMs, stale: this.#parts.revocation.isStale(), entries: denylist?.size ?? 0 };
  }

  /**
   * Decides about one request (RFC 6750, RFC 9068 §4, RFC 8705 §3). Never rejects: what is wrong with a request is in the answer, and its
   * private reason goes to `log`. Waits only where a key has to be fetched.
   */
  async verify(request: RequestFacts, requirements: Requirements = {}): Promise<Decision> {
    const scope = scopeTokens(requirements.scope);
    if (hasTokenInQuery(request.url)) {
      return this.#refuse(request, scope, {
        reason: 'token_in_query',
        detail: 'the query has an "access_token"',
      });
    }
    const header = readAuthorizationHeader(request.authorization);
    if (header.token === undefined) {
      const lines = request.authorization.length;
      return this.#refuse(request, scope, {
        reason: header.reason,
        detail: `${lines} Authorization headers`,
      });
    }
    const { token } = header;
    if (token.length > this.#maxTokenLength) {
      const detail = `the token has ${token.length} characters`;
      return this.#refuse(request, scope, { reason: 'token_too_large', detail });
    }
    this.#parts.keys.keepFresh();
    const key = hash('sha256', token, 'hex');
    let verified = this.#remembered(key);
    if (verified === undefined) {
      const pending = this.#verifier.verify(token);
      const verdict: TokenVerdict = pending instanceof Promise ? await pending : pending;
      if (verdict.verified === undefined) {
        return this.#refuse(request, scope, isBearerToken(token) ? verdict : notBearer);
      }
      verified = verdict;
      this.#cache.set(key, verdict);
    }
    return this.#admit(verified, key, request, scope, requirements);
  }

  /**
   * Ends the open connections of a TLS server as soon as their certificates, or the clients that use them, are revoked; with `strict`, also
   * new ones with a revoked certificate, before any HTTP is read. Answers how to stop. Does nothing where revocation is `'none'`.
   */
  watch(server: TlsServer, options: WatchOptions = {}): () => void {
    return this.#parts.revocation.connections?.watch(server, options) ?? (() => undefined);
  }

  /** Resolves once keys and, where a feed is followed, its first whole list are here. Rejects with the reason of `signal`, if it aborts first. */
  async ready(signal?: AbortSignal): Promise<void> {
    const { keys, revocation } = this.#parts;
    await abortable(Promise.all([revocation.ready, whenAvailable(keys, signal)]), signal);
  }

  /** Sends the last report, and ends the feed and every connection this object made. */
  async close(): Promise<void> {
    await this.#parts.revocation.close();
    await this.#parts.keys.close();
    await this.#parts.closeTransport();
    this.#cache.clear();
  }

  #remembered(key: string): VerifiedToken | undefined {
    const verified = this.#cache.get(key);
    if (verified === undefined || !verified.key.withdrawn) return verified;
    this.#cache.delete(key);
    return undefined;
  }

  #admit(
    token: VerifiedToken,
    key: string,
    request: RequestFacts,
    scope: readonly string[],
    requirements: Requirements,
  ): Decision {
    const { revocation, clock, options } = this.#parts;
    const { certificate } = request;
    const now = clock();
    const refusal = refusalOf(token, {
      now,
      clockToleranceMs: this.#clockToleranceMs,
      certificate,
      requiresBinding: (requirements.requiredBinding ?? options.requiredBinding) !== undefined,
      scope,
      denylist: revocation.denylist,
      isStale: revocation.isStale,
      whenStale: requirements.whenStale ?? revocation.whenStale,
    });
    if (refusal !== undefined) {
      if (refusal.reason === 'expired' || refusal.reason === 'revoked') this.#cache.delete(key);
      return this.#refuse(request, scope, refusal);
    }
    if (certificate !== undefined) revocation.used(certificate.thumbprint, token, now);
    return { allowed: true, access: token.access };
  }

  #refuse(request: RequestFacts, scope: readonly string[], detail: RefusalDetail): Refused {
    const refused = refuse({ resource: this.resource, metadataUrl: this.metadata?.url }, detail, scope);
    const query = request.url.indexOf('?');
    this.#parts.log({
      type: 'refused',
      status: refused.status,
      method: request.method,
      path: query === -1 ? request.url : request.url.slice(0, query),
      thumbprint: request.certificate?.thumbprint,
      refusal: detail,
    });
    return refused;
  }
}

function scopeTokens(scope: string | readonly string[] | undefined): readonly string[] {
  if (scope === undefined) return noScope;
  return typeof scope === 'string' ? scope.split(' ').filter((token) => token !== '') : scope;
}

async function whenAvailable(keys: KeySource, signal: AbortSignal | undefined): Promise<void> {
  while (!keys.available && signal?.aborted !== true) {
    await (keys.refresh() ?? new Promise((resolve) => setTimeout(resolve, 100)));
  }
}

async function abortable(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    await work;
    return;
  }
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
