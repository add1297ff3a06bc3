import type { Event, EventDraft } from '../events/index.ts';
import type { Client, ClientRecord } from './client.ts';
import type { CertificateCredential, Credential, KeyCredential } from './credential.ts';
import type { Resource } from './resource.ts';

/**
 * What an act came to: the last of its events once they are durable and delivered in this process, or why
 * nothing at all was changed.
 */
export type StoreOutcome<Conflict> =
  | { readonly done: true; readonly event: Event }
  | { readonly done: false; readonly conflict: Conflict };

/** Another client has it: `owner` is that client's id. */
export interface Taken {
  readonly code: 'matcher_taken' | 'certificate_taken';
  readonly owner: string;
}

/** One matcher under one anchor belongs to one client. Both columns together are a unique key. */
export interface MatcherClaim {
  /** The anchor's `spkiSha256`, or `mortise` for the authorities of this server. */
  readonly anchor: string;
  /** Canonical: equal text exactly where the matchers accept the same certificates. */
  readonly matcher: string;
}

/** Replaces the record, and all claims of the client by `claims`. */
export interface ClientChange {
  readonly client: ClientRecord;
  /** The revision the change was made from; another one in the store is the conflict `stale`. */
  readonly expectedRevision: number;
  readonly claims: readonly MatcherClaim[];
  readonly addCredentials: readonly Credential[];
  /** Sets (or with `undefined` clears) the end of existing credentials. */
  readonly expireCredentials: readonly { readonly id: string; readonly expiresAt: number | undefined }[];
}

/**
 * Where clients live; their status and revoked credentials are written by the store of `revocation/`. Each method that changes something writes its rows, the events' denylist rows and the
 * events in one transaction.
 */
export interface ClientStore {
  /**
   * With the credentials that are usable at `at`, oldest first: neither revoked, nor at or past `expiresAt`, nor
   * (certificates) past `notAfter`. Ended ones are left out because short-lived certificates pile up.
   */
  find(clientId: string, at: number): Promise<Client | undefined>;
  /** In the order of the ids' code units, those after `after`; at most `limit`. */
  list(page: { readonly after?: string; readonly limit: number }): Promise<ClientRecord[]>;
  /** All credentials of a client, ended ones too, newest first (`createdAt`, then `id`); at most `limit`. */
  credentials(page: { readonly clientId: string; readonly limit: number }): Promise<Credential[]>;
  /** One credential, ended or not. */
  findCredential(clientId: string, credentialId: string): Promise<Credential | undefined>;
  /** Revoked and expired ones too. */
  findByCertificate(
    x5t: string,
  ): Promise<{ clientId: string; credential: CertificateCredential } | undefined>;
  /** One client's key by its thumbprint; revoked and expired ones too (of several, the newest). */
  findByKey(clientId: string, thumbprint: string): Promise<KeyCredential | undefined>;
  findByMatcher(claim: MatcherClaim): Promise<string | undefined>;
  create(
    act: { readonly client: Client; readonly claims: readonly MatcherClaim[] },
    events: readonly EventDraft[],
  ): Promise<StoreOutcome<{ readonly code: 'client_exists' } | Taken>>;
  update(
    change: ClientChange,
    events: readonly EventDraft[],
  ): Promise<StoreOutcome<{ readonly code: 'stale' } | { readonly code: 'client_unknown' } | Taken>>;
  addCredential(
    act: { readonly clientId: string; readonly credential: Credential },
    events: readonly EventDraft[],
  ): Promise<StoreOutcome<{ readonly code: 'client_unknown' } | Taken>>;
}

export interface ResourceStore {
  find(identifier: string): Promise<Resource | undefined>;
  /** In the order of the identifiers' code units. */
  list(page: { readonly after?: string; readonly limit: number }): Promise<Resource[]>;
  byScope(scope: string): Promise<Resource[]>;
  byResourceServer(clientId: string): Promise<Resource[]>;
  create(
    resource: Resource,
    events: readonly EventDraft[],
  ): Promise<StoreOutcome<{ readonly code: 'resource_exists' }>>;
  update(
    change: { readonly resource: Resource; readonly expectedRevision: number },
    events: readonly EventDraft[],
  ): Promise<StoreOutcome<{ readonly code: 'stale' } | { readonly code: 'resource_unknown' }>>;
}

/** Uses of one credential with one certificate for one scope since the last flush. */
export interface CredentialUseCount {
  readonly clientId: string;
  readonly credentialId: string;
  /** `x5t#S256` of the certificate of the connection; `''` without one. */
  readonly thumbprint: string;
  /** Space-separated, as granted. */
  readonly scope: string;
  readonly lastUsedAt: number;
  readonly count: number;
  /** When the last of the tokens given for them ends; absent where none were given. Not kept with the row. */
  readonly tokensEndAt?: number;
}

export interface CredentialUseStore {
  /**
   * Adds the counts and raises `lastUsedAt` per (credential, thumbprint, scope), and counts tokens by when they end, in one
   * transaction without an event. A credential's `lastUsedAt` is the greatest of its rows.
   */
  record(uses: readonly CredentialUseCount[]): Promise<void>;
  /** All rows of one client, for posture and `client show`. */
  ofClient(clientId: string): Promise<CredentialUseCount[]>;
  /** Forgets tokens that ended before `at`. */
  forgetEndedTokens(at: number): Promise<number>;
}
