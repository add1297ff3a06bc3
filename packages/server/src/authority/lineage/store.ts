import type { IssuedCertificate } from '../issued-certificate.ts';

/** A certificate of a client, with what its lineage is told by. Times are epoch milliseconds. */
export interface LineageEntry {
  readonly certificate: IssuedCertificate & { readonly clientId: string };
  /** The ACME account that ordered it. */
  readonly accountId?: string;
  /** Fingerprint of the certificate that its order replaced (RFC 9773 §5). */
  readonly replaces?: string;
  /** When a token was last asked for over it. */
  readonly lastUsedAt?: number;
  /** When an API that reports was last called over it. */
  readonly lastSeenAt?: number;
  /** Tokens bound to it that have not ended; ends are rounded up, so at most this many. */
  readonly liveTokens: number;
}

export interface LineageStore {
  /** The latest `perClient` certificates of each of these clients, oldest first. */
  entriesOf(query: {
    readonly clientIds: readonly string[];
    readonly at: number;
    readonly perClient: number;
  }): Promise<LineageEntry[]>;
}
