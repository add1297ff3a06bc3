import type { Denylist } from './revocation/denylist.ts';

/** What ties an access token to a credential of its client (RFC 7800 `cnf`). */
export interface Binding {
  readonly type: 'x5t#S256';
  /** base64url SHA-256 of the certificate's DER (RFC 8705 §3.1). */
  readonly thumbprint: string;
}

/** What a request may do, once its access token has been verified. Shared between requests of the same token: never written to. */
export interface Access {
  /** `client_id` of the token. */
  readonly clientId: string;
  /** `sub` of the token; for `client_credentials` the client itself. */
  readonly subject: string;
  /** Scope tokens in the order of the `scope` claim; empty when the token has none. */
  readonly scope: readonly string[];
  /** `jti`. */
  readonly tokenId: string;
  readonly issuer: string;
  /** `aud`, always as a list. */
  readonly audience: readonly string[];
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** Undefined for a bearer token. Where it is defined, the connection's certificate has been compared with it. */
  readonly binding: Binding | undefined;
  /** Every claim of the token, as sent. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * The certificate of the request's TLS connection. Take it from the socket (`connectionCertificate`), never from a header that a stranger
 * can send.
 */
export interface ConnectionCertificate {
  /** base64url SHA-256 of the DER, without padding: `x5t#S256`. */
  readonly thumbprint: string;
  /** Epoch milliseconds. */
  readonly notBefore: number;
  /** Epoch milliseconds; the last one at which the certificate is valid. */
  readonly notAfter: number;
}

/** The facts about a request that a decision needs. */
export interface RequestFacts {
  /** HTTP method; for the log only. */
  readonly method: string;
  /** Request target in origin form or an absolute URL; its query is searched for tokens, which are refused there. */
  readonly url: string;
  /** Every `Authorization` header line of the request, in order. Two or more are refused. */
  readonly authorization: readonly string[];
  /** Undefined: the client presented none. */
  readonly certificate?: ConnectionCertificate | undefined;
}

/** What to do while the denylist is older than `maxStalenessSeconds`: refuse with 503, or decide by the list as last known. */
export type WhenStale = 'fail-closed' | 'fail-open';

/** What a route asks of a request. */
export interface Requirements {
  /** Scope tokens, all of which the access token must have; a string holds several separated by spaces. Default: none. */
  readonly scope?: string | readonly string[] | undefined;
  /** `'x5t#S256'` refuses bearer tokens on this route. Default: as configured for the resource server. */
  readonly requiredBinding?: 'x5t#S256' | undefined;
  /** Default: as configured for the resource server. */
  readonly whenStale?: WhenStale | undefined;
}

/** The RFC 6750 §3.1 error codes; undefined stands for a request without credentials, which gets a challenge and no code. */
export type BearerError = 'invalid_request' | 'invalid_token' | 'insufficient_scope';

/** Why a request was refused. For the log: the caller learns only `error` and `description`. */
export type RefusalReason =
  | 'no_token'
  | 'unsupported_scheme'
  | 'duplicate_authorization'
  | 'malformed_authorization'
  | 'token_in_query'
  | 'token_too_large'
  | 'token_malformed'
  | 'header_member_refused'
  | 'type_mismatch'
  | 'algorithm_refused'
  | 'key_unknown'
  | 'keys_unavailable'
  | 'signature_invalid'
  | 'claims_malformed'
  | 'claim_missing'
  | 'issuer_mismatch'
  | 'audience_mismatch'
  | 'expired'
  | 'not_yet_valid'
  | 'issued_in_future'
  | 'binding_required'
  | 'binding_unsupported'
  | 'certificate_missing'
  | 'certificate_mismatch'
  | 'certificate_expired'
  | 'certificate_not_yet_valid'
  | 'revoked'
  | 'revocation_stale'
  | 'insufficient_scope';

/** The private side of a refusal. Holds no token and no key. */
export interface RefusalDetail {
  readonly reason: RefusalReason;
  /** One line for a person who may know: what was expected and what was met. */
  readonly detail: string;
  /** The token's client, where its signature had been verified. */
  readonly clientId?: string;
  /** The token's `jti`, where its signature had been verified. */
  readonly tokenId?: string;
}

export interface Refused {
  readonly allowed: false;
  readonly status: 400 | 401 | 403 | 503;
  readonly error: BearerError | undefined;
  /** Headers of the answer, in lower case: `www-authenticate`, or `retry-after` with 503, and `cache-control`. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON of the answer, without anything private; empty where there is no error code. */
  readonly body: string;
  readonly private: RefusalDetail;
}

export interface Allowed {
  readonly allowed: true;
  readonly access: Access;
}

export type Decision = Allowed | Refused;

/** A revocation list kept by somebody else in the same process, and how to know whether it may still be relied upon. */
export interface DenylistInProcess {
  readonly denylist: Denylist;
  /** Answers whether the list is too old to decide by. Default: never. */
  readonly isStale?: () => boolean;
  /** Default `'fail-closed'`. */
  readonly whenStale?: WhenStale;
}
