import type { IncomingHttpHeaders } from 'node:http';
import type { Certificate } from '@mortise/x509';

/** Where a request came in: `mtls` asks for a certificate, `public` never does. */
export type ListenerName = 'public' | 'mtls';

/**
 * The certificate of one TLS connection, whose key OpenSSL has proven. `http/` makes one object a connection and
 * gives the same one for each of its requests.
 */
export interface PresentedCertificate {
  readonly der: Buffer;
  /** `x5t#S256`: SHA-256 of `der`, base64url. */
  readonly x5t: string;
  /** Parsed at first use; throws X509Error where the DER is not a certificate. */
  readonly certificate: Certificate;
  /** The other certificates as sent, in their order; empty on a resumed connection. */
  readonly chain: readonly Buffer[];
  readonly resumed: boolean;
}

/** One request to an OAuth endpoint, its body read whole and bounded. */
export interface OAuthRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values alternating, as node:http gives them: repeated headers are visible here alone. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly remoteAddress: string;
  readonly listener: ListenerName;
  readonly certificate: PresentedCertificate | undefined;
}

/** `connection: close` among the headers asks `http/` to end the connection after the answer. */
export interface OAuthResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or empty. */
  readonly body: string;
}

export type OAuthEndpoint = 'token' | 'introspection' | 'revocation';
