import type { Denylist } from '@mortise/resource-server';
import type { CertificateCredential, Client, Resource, TrustAnchor } from '../clients/index.ts';
import type { Actor } from '../events/index.ts';
import type { OwnToken, TokenGrant } from '../tokens/index.ts';
import type { Eventually } from './eventually.ts';
import type { RefusalRecord } from './refusal-records.ts';

/** Clients as the feed keeps them fresh: the same object until the client changes, because answers are remembered by it. */
export interface ClientDirectory {
  /** The client if it is in memory, without waiting. */
  peek(clientId: string): Client | undefined;
  find(clientId: string): Eventually<Client | undefined>;
  /** Whose credential a certificate is; also after that credential has ended. */
  byCertificate(
    x5t: string,
  ): Eventually<{ readonly clientId: string; readonly credential: CertificateCredential } | undefined>;
}

export interface ResourceDirectory {
  /** The resource if it is in memory, without waiting. */
  peek(identifier: string): Resource | undefined;
  find(identifier: string): Eventually<Resource | undefined>;
}

export interface TokenMint {
  mint(grant: TokenGrant): Eventually<string>;
  /** Undefined for whatever is not a live token of this issuer. */
  read(token: string): Eventually<OwnToken | undefined>;
}

/** Counted in memory; never waits. */
export interface CredentialUses {
  record(use: {
    readonly clientId: string;
    readonly credentialId: string;
    /** `x5t#S256` of the certificate that the token is bound to. */
    readonly thumbprint: string | undefined;
    readonly scope: string;
    /** End of the token, epoch milliseconds. */
    readonly tokenEndsAt: number;
  }): void;
}

export interface RevocationState {
  readonly denylist: Pick<Denylist, 'denies'>;
  /** The newest knowledge is too old: whoever would decide by the denylist must refuse. */
  isStale(): boolean;
  /** Durable and in force in this process when it resolves. `expiresAt` in epoch milliseconds. */
  revokeToken(
    token: { readonly tokenId: string; readonly clientId: string; readonly expiresAt: number },
    by: { readonly actor: Actor },
  ): Promise<unknown>;
}

/** The certification authorities of this server, as far as certificates of clients are concerned. */
export interface OwnAuthorities {
  /** Those that may vouch for a client now; each `id` is the authority's, and stands on the denylist once that is revoked. */
  anchors(): readonly TrustAnchor[];
}

/** Fetches a JSON document from a URL that others can set; `fetching/` implements it. */
export interface DocumentFetcher {
  /** Throws an Error with a stable `code`. */
  fetchJson(url: string): Promise<unknown>;
}

/** Where refusals go: the log. Never waits, never throws. */
export type RefusalLog = (record: RefusalRecord) => void;
