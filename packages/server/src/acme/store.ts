import type { IssueAct, IssuedCertificate, IssueOutcome } from '../authority/index.ts';
import type { EventDraft } from '../events/index.ts';
import type { AcmeAccount, Authorization, ExternalAccountKey, Identifier, Order } from './records.ts';

export type CreateAccountOutcome = 'done' | 'account_exists' | 'external_key_used' | 'key_certified';
export type ChangeAccountOutcome = 'done' | 'stale' | 'key_taken' | 'key_certified';
export type FinalizeOutcome =
  | IssueOutcome
  | { readonly done: false; readonly conflict: 'order_not_ready' | 'key_refused' };

/** What is known of the certificates for a key. */
export interface KeyUse {
  /** The account whose order the certificate came of. */
  readonly accountId?: string;
  readonly clientId?: string;
  readonly revocationReason?: string;
}

/** What is known of a key. */
export interface KnownKey {
  /** Whether any account, whatever its status, has it. */
  readonly ofAccount: boolean;
  /** What it was certified for so far, each use once. */
  readonly uses: readonly KeyUse[];
}

/**
 * Where accounts, orders and authorizations live. Each method that changes something writes its rows and its events in
 * one transaction, and resolves when that is durable.
 */
export interface AcmeStore {
  findAccount(id: string): Promise<AcmeAccount | undefined>;
  findAccountByKey(profile: string, thumbprint: string): Promise<AcmeAccount | undefined>;
  /** By the SHA-256 of its SubjectPublicKeyInfo, lower-case hexadecimal. */
  knownKey(spkiSha256: string): Promise<KnownKey>;
  /**
   * `externalKey`: the MAC key that is used up by it, if it is unused and its time is not over. `key_certified`: there is a certificate for the account's key; of the two at once, one comes about.
   */
  createAccount(
    act: { readonly account: AcmeAccount; readonly externalKey?: string },
    event: EventDraft,
  ): Promise<CreateAccountOutcome>;
  /** Replaces the record, if it still has `expectedRevision`. `key_certified`: there is a certificate for its new key, as `createAccount` says it. */
  changeAccount(
    act: { readonly account: AcmeAccount; readonly expectedRevision: number },
    event: EventDraft,
  ): Promise<ChangeAccountOutcome>;

  addExternalKey(key: ExternalAccountKey, event: EventDraft): Promise<void>;
  findExternalKey(kid: string): Promise<ExternalAccountKey | undefined>;

  /** The order and those of its authorizations that are new. `already_replaced`: another order that is still good has the same `replaces`. */
  createOrder(
    act: { readonly order: Order; readonly authorizations: readonly Authorization[] },
    event: EventDraft,
  ): Promise<'done' | 'already_replaced'>;
  findOrder(id: string): Promise<Order | undefined>;
  /** An account's orders, the newest first, those before `before`; at most `limit`. */
  listOrders(page: {
    readonly accountId: string;
    readonly before?: string;
    readonly limit: number;
  }): Promise<Order[]>;
  findOrderOfCertificate(fingerprint256: string): Promise<Order | undefined>;
  /**
   * Records the certificate of an order in the transaction in which the order gets it. `order_not_ready`: it has one
   * already, or its account or one of its authorizations is valid no longer. `key_refused`: `isKeyAllowed` said so, which is
   * asked in the transaction, is pure and synchronous, and hears what no other finalization or account can change meanwhile.
   */
  finalize(
    act: {
      readonly orderId: string;
      readonly at: number;
      readonly issue: IssueAct;
      readonly isKeyAllowed: (key: KnownKey) => boolean;
    },
    events: readonly EventDraft[],
  ): Promise<FinalizeOutcome>;

  findAuthorizations(ids: readonly string[]): Promise<Authorization[]>;
  /** Valid ones of an account whose time is not over at `at`, for these identifiers, the latest to end first. */
  validAuthorizations(query: {
    readonly accountId: string;
    readonly identifiers: readonly Identifier[];
    readonly at: number;
  }): Promise<Authorization[]>;
  countPending(accountId: string, at: number): Promise<number>;
  addAuthorization(authorization: Authorization, event: EventDraft): Promise<void>;
  /** Replaces the record, if it still has `expectedRevision`; `false` if not. */
  changeAuthorization(
    act: { readonly authorization: Authorization; readonly expectedRevision: number },
    events: readonly EventDraft[],
  ): Promise<boolean>;
  /**
   * Ids of those whose challenge has to be tried now, the longest due first; at most `limit`. Without those that are over, or
   * whose account is deactivated: nobody would take them up, and they would be in the way of the others.
   */
  dueAuthorizations(at: number, limit: number): Promise<string[]>;

  findIssued(authorityId: string, serialNumber: string): Promise<IssuedCertificate | undefined>;
  /** Forgets unused MAC keys, orders without a certificate and authorizations whose time was over before `before`. */
  deleteExpired(before: number): Promise<number>;
}

/** What administrators ask of accounts and their keys. What changes something resolves when it is durable, with its event. */
export interface AcmeAdministrationStore {
  /** In the order of the ids, those after `after`; at most `limit`. `clientId`: only those that are bound to it. */
  listAccounts(page: {
    readonly clientId?: string;
    readonly after?: string;
    readonly limit: number;
  }): Promise<AcmeAccount[]>;
  /** Whether it was valid: `false`, and nothing done, if not. */
  deactivateAccount(id: string, event: EventDraft): Promise<boolean>;
  /** Those of a client that are unused and whose time is not over at `at`, in the order of the ids, those after `after`; at most `limit`. */
  listUnusedKeys(page: {
    readonly clientId: string;
    readonly at: number;
    readonly after?: string;
    readonly limit: number;
  }): Promise<ExternalAccountKey[]>;
  /** Forgets a key that is unused: `false`, and nothing done, if it is not. */
  withdrawKey(kid: string, event: EventDraft): Promise<boolean>;
}
