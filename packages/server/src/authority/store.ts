import type { CertificateCredential } from '../clients/index.ts';
import type { Event, EventDraft } from '../events/index.ts';
import type {
  AuthorityRecord,
  AuthorityRequest,
  AuthorityRules,
  AuthorityState,
} from './authority-record.ts';
import type { IssuedCertificate, ProfileName } from './issued-certificate.ts';

/** One certificate and what is recorded with it. */
export interface IssueAct {
  readonly certificate: IssuedCertificate;
  /** Registered on `certificate.clientId`; its id is `certificate.credentialId`. */
  readonly credential?: CertificateCredential;
}

/** Why nothing was recorded, so that the certificate must not leave the process. */
export type IssueConflict = 'client_unknown' | 'client_not_active' | 'authority_revoked' | 'key_compromised';

export type IssueOutcome =
  | { readonly done: true; readonly event: Event }
  | { readonly done: false; readonly conflict: IssueConflict };

/** Which certificates to list; those given all have to match. */
export interface CertificateFilter {
  readonly clientId?: string;
  readonly profile?: ProfileName;
  readonly authorityId?: string;
}

/**
 * Where authorities and the certificates that they issued live. Each method that changes something writes its
 * rows, the events' denylist rows and the events in one transaction, and resolves when that is durable and
 * delivered in this process.
 */
export interface AuthorityStore {
  /** All of them, revoked ones included, oldest first (`createdAt`, then `id`). */
  listAuthorities(): Promise<AuthorityRecord[]>;
  /**
   * Adds authorities, unless another node already did: `expectedCount` is how many authorities the caller saw.
   * Must be atomic: two nodes that start on an empty database at once make one root. `false`: nothing was
   * changed, read `listAuthorities` again.
   */
  addAuthorities(
    act: {
      readonly authorities: readonly AuthorityRecord[];
      readonly expectedCount: number;
      /** Rules of an authority that is new. */
      readonly rules?: AuthorityRules;
      /** What one of them, a root whose key is elsewhere, has to sign. */
      readonly request?: AuthorityRequest;
      /** The request that they answer, which is then gone; `false` if it was gone already. */
      readonly requestId?: string;
    },
    events: readonly EventDraft[],
  ): Promise<boolean>;
  /** Moves authorities from one state to another, all or, if one of them is not in `from`, none. Whether it did. */
  changeStates(
    act: {
      readonly changes: readonly {
        readonly id: string;
        readonly from: AuthorityState;
        readonly to: AuthorityState;
      }[];
    },
    events: readonly EventDraft[],
  ): Promise<boolean>;
  /** In the order of their names. */
  listRules(): Promise<AuthorityRules[]>;
  /** Adds rules (`expectedRevision` 0), or replaces those that still have `expectedRevision`; `false`: nothing was changed. */
  saveRules(
    act: { readonly rules: AuthorityRules; readonly expectedRevision: number },
    events: readonly EventDraft[],
  ): Promise<boolean>;
  /** Oldest first. */
  listRequests(): Promise<AuthorityRequest[]>;
  /** `false`: the root that would have to sign it is revoked, and nothing was changed. */
  addRequest(request: AuthorityRequest, events: readonly EventDraft[]): Promise<boolean>;
  /** Forgets a request with its key; `false`: there was none. */
  deleteRequest(id: string, events: readonly EventDraft[]): Promise<boolean>;
  /**
   * Records a certificate and registers its credential. In its transaction it holds the client's row, so that
   * either the client's revocation sees this certificate or this sees the revocation.
   */
  issue(act: IssueAct, events: readonly EventDraft[]): Promise<IssueOutcome>;
  findCertificate(fingerprint256: string): Promise<IssuedCertificate | undefined>;
  /** In the order of the fingerprints, those after `after`; at most `limit`. Revoked and expired ones included. */
  listCertificates(page: {
    readonly filter: CertificateFilter;
    readonly after?: string;
    readonly limit: number;
  }): Promise<IssuedCertificate[]>;
}
