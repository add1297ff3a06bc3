import type { Credential } from './credential.ts';
import type { TrustAnchor } from './trust-anchor.ts';

export const authenticationMethods = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const;

export type AuthenticationMethod = (typeof authenticationMethods)[number];

export type ClientStatus = 'active' | 'suspended' | 'revoked';

/** How a certificate names its client: RFC 8705 §2.1.2, exactly one a client. */
export interface TlsClientAuth {
  readonly kind: 'subject_dn' | 'san_dns' | 'san_uri' | 'san_ip' | 'san_email';
  /** As registered, e.g. an RFC 4514 string for `subject_dn`. */
  readonly value: string;
}

/** The columns of a client, without its credentials. Times are epoch milliseconds. */
export interface ClientRecord {
  readonly clientId: string;
  readonly clientName?: string;
  readonly status: ClientStatus;
  /** Raised by each suspension, so that tokens of lower epochs stay dead after resuming. Starts at 1. */
  readonly epoch: number;
  readonly tokenEndpointAuthMethod: AuthenticationMethod;
  /** During a move: the former method, accepted until `until`. */
  readonly previousAuthMethod?: { readonly method: AuthenticationMethod; readonly until: number };
  readonly scope: readonly string[];
  /** Given when a request names no scope; a subset of `scope`. Absent: a request must name its scope. */
  readonly defaultScope?: readonly string[];
  /** Identifiers of the resources it may ask tokens for. With one, that is the default. */
  readonly resources: readonly string[];
  /** RFC 8705 §3.4: it never gets an unbound token. */
  readonly certificateBoundAccessTokens: boolean;
  readonly accessTokenLifetimeSeconds?: number;
  readonly tlsClientAuth?: TlsClientAuth;
  /** Empty: the authorities of this server. */
  readonly anchors: readonly TrustAnchor[];
  readonly jwksUri?: string;
  /** Assertions may name the token endpoint's URL as audience (the practice before RFC 7523bis). */
  readonly legacyAssertionAudience: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Raised by each change of the record or its status; what optimistic writes compare. Starts at 1. */
  readonly revision: number;
}

/** A client with the credentials that were usable when it was read, oldest first. Compare times again at use. */
export interface Client extends ClientRecord {
  readonly credentials: readonly Credential[];
}

/**
 * Whether `method` may authenticate this client at `now`: its registered method, or its former one before
 * the end of a move. Says nothing about the client's status.
 */
export function acceptsMethod(client: ClientRecord, method: AuthenticationMethod, now: number): boolean {
  if (client.tokenEndpointAuthMethod === method) return true;
  const previous = client.previousAuthMethod;
  return previous !== undefined && previous.method === method && now < previous.until;
}
