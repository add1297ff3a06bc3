import type { AuthorityRequest, RevocationReason } from '../authority/index.ts';
import type { ClientStatus } from '../clients/index.ts';
import type { Event, EventDraft } from '../events/index.ts';
import type { ClientGrants, DenylistRow } from './denylist-row.ts';
import type { CertificateSighting, NodeRecord } from './node-record.ts';
import type { PublishedCrl } from './publishing/store.ts';

/** A credential whose `revokedAt` an act has set. */
export interface RevokedCredential {
  readonly id: string;
  readonly kind: 'secret' | 'key' | 'certificate';
  /** For certificates: `x5t#S256` and its end (epoch milliseconds). */
  readonly x5t?: string;
  readonly notAfter?: number;
}

export interface StatusChange {
  readonly clientId: string;
  /** The `revision` the change was made from. */
  readonly expectedRevision: number;
  readonly status: ClientStatus;
  readonly epoch: number;
  readonly at: number;
}

export interface CertificateRevocation {
  /** Lower-case hexadecimal. */
  readonly fingerprint256: string;
  /** The credential that is this certificate, if one is registered. */
  readonly credentialId: string | undefined;
  readonly at: number;
  readonly reason: RevocationReason;
}

/**
 * Where revocations live. Each act writes its rows first, then its event and the event's denylist rows, in one
 * transaction, and resolves with the event when that is durable and delivered in this process; `undefined` says
 * that nothing was changed, because what it was made from is no longer so (read again).
 *
 * A denylist row is named by (kind, id, whether it has an epoch). Adding one that is there keeps the higher epoch
 * and the later expiry (none is latest) and takes the new sequence.
 */
export interface RevocationStore {
  /** Suspends or resumes: sets status and epoch, and raises the client's revision. */
  changeClientStatus(change: StatusChange, event: EventDraft): Promise<Event | undefined>;
  /**
   * Changes the status like `changeClientStatus`, then sets `revokedAt` on each credential and issued certificate
   * of the client where it is not set. `event` is called once, inside the transaction, with those credentials (also
   * the expired ones): it is pure and synchronous.
   */
  revokeClient(
    change: StatusChange,
    event: (revoked: readonly RevokedCredential[]) => EventDraft,
  ): Promise<Event | undefined>;
  /** Sets `revokedAt` on a credential of this client where it is not set. */
  revokeCredential(
    act: { readonly clientId: string; readonly credentialId: string; readonly at: number },
    event: EventDraft,
  ): Promise<Event | undefined>;
  /**
   * Sets `revokedAt` and the reason on the issued certificate, also in place of a hold, and `revokedAt` on the credential, where they are
   * there and not set. Nothing to set on either: `undefined`, unless neither exists, when only the event is written.
   */
  revokeCertificate(act: CertificateRevocation, event: EventDraft): Promise<Event | undefined>;
  /** Takes `revokedAt` and the reason from an issued certificate that is on hold; `undefined` if it is not. */
  releaseCertificate(
    act: { readonly fingerprint256: string; readonly at: number },
    event: EventDraft,
  ): Promise<Event | undefined>;
  /**
   * Sets `revokedAt` and the reason on these authorities where it is not set, `undefined` if on none, and ends the requests that they have still to sign. `events`
   * is called inside the transaction with those: it is pure and synchronous, and its first event is about the authorities.
   */
  revokeAuthorities(
    act: {
      readonly authorityIds: readonly string[];
      readonly at: number;
      readonly reason?: RevocationReason;
    },
    events: (ended: readonly AuthorityRequest[]) => readonly EventDraft[],
  ): Promise<{ readonly event: Event; readonly ended: readonly AuthorityRequest[] } | undefined>;
  /** Replaces the CRL with the number `previous` by one that was signed elsewhere, or adds the first one. `false`: another was first, nothing was changed. */
  importCrl(
    act: { readonly crl: PublishedCrl; readonly previous: number | undefined },
    event: EventDraft,
  ): Promise<boolean>;
  /** Only the event and its denylist rows: for tokens, which have no row. */
  record(event: EventDraft): Promise<Event>;

  /** The whole denylist, with at least everything that the feed delivered before the call. */
  denylist(): Promise<DenylistRow[]>;
  /** What the clients may ask for that own at least one denylist row, whatever their status. */
  grantsOfDenied(): Promise<ClientGrants[]>;
  /** Deletes denylist rows with `expiresAt < before` (epoch milliseconds), without an event; resolves with how many. */
  deleteExpired(before: number): Promise<number>;
  /**
   * Events of these acts with `at >= since` (epoch milliseconds), oldest first: from them it is known which scopes
   * a client had while tokens of that time live. At most `limit`, those with `sequence > after`.
   */
  eventsSince(query: {
    readonly acts: readonly string[];
    readonly since: number;
    readonly after: number;
    readonly limit: number;
  }): Promise<Event[]>;
}

/** Where what nodes report is kept. Nothing here is an act: no events. */
export interface NodeStore {
  listNodes(): Promise<NodeRecord[]>;
  /**
   * In one transaction: upserts nodes by `clientId` (keeps the earlier `firstSeenAt`, the later `lastSeenAt` and the
   * higher `position`) and sightings by (`nodeClientId`, `x5t`) (later `lastSeenAt` with its `clientId`, counts added).
   */
  record(batch: {
    readonly nodes: readonly NodeRecord[];
    readonly sightings: readonly CertificateSighting[];
  }): Promise<void>;
  /** Forgets a node and its sightings; whether it was there. */
  removeNode(clientId: string): Promise<boolean>;
  /** In the order of (`nodeClientId`, `x5t`), those after `after`; at most `limit`. */
  listSightings(page: {
    readonly after?: { readonly nodeClientId: string; readonly x5t: string };
    readonly limit: number;
  }): Promise<CertificateSighting[]>;
}
