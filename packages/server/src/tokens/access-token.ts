/** What is signed. */
export interface TokenGrant {
  readonly client: {
    readonly clientId: string;
    readonly epoch: number;
    readonly certificateBoundAccessTokens: boolean;
  };
  readonly resource: {
    readonly identifier: string;
    readonly signingAlgorithm: 'ES256' | 'EdDSA' | 'RS256' | 'PS256';
  };
  /** Space-separated, as granted. */
  readonly scope: string;
  /** RFC 8705 §3.1. */
  readonly confirmation?: { readonly 'x5t#S256': string } | undefined;
  /** Ids of every credential that the request was made with. */
  readonly credentialIds: readonly string[];
  /** Ids of the authorities that vouched for its certificate. */
  readonly authorityIds: readonly string[];
  readonly lifetimeSeconds: number;
}

/** What our own token says once it is found right. Times are epoch seconds. */
export interface OwnToken {
  readonly tokenId: string;
  readonly keyId: string;
  readonly clientId: string;
  readonly resource: string;
  readonly scope: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly confirmation?: { readonly 'x5t#S256': string };
  readonly epoch: number;
  readonly credentialIds: readonly string[];
  readonly authorityIds: readonly string[];
}

export type TokenFailureCode =
  | 'too_large'
  | 'malformed'
  /** Not `at+jwt` (RFC 9068 §4). */
  | 'type_wrong'
  | 'key_unknown'
  | 'key_revoked'
  /** The header names another algorithm than the key has. */
  | 'algorithm_wrong'
  | 'signature_invalid'
  | 'issuer_wrong'
  | 'expired';

export type TokenVerdict =
  | { readonly valid: true; readonly token: OwnToken }
  | { readonly valid: false; readonly code: TokenFailureCode };
