import type { Event, EventDraft } from '../events/index.ts';
import type { SigningKeyRecord } from './signing-key-record.ts';

export type KeyStoreOutcome =
  | { readonly done: true; readonly event: Event }
  /** Another node was first (or the key is not there): nothing was changed, read `list` again. */
  | { readonly done: false };

/**
 * Where signing keys live. Each method that changes something writes its rows, the events' denylist rows and
 * the events in one transaction.
 */
export interface KeyStore {
  /** Every key, retired and revoked ones included, oldest first (`createdAt`, then `kid`). */
  list(): Promise<SigningKeyRecord[]>;
  /**
   * Adds a key, unless another node already did: `newest` names the key of that algorithm with the greatest
   * `activatesAt` (then `kid`) that the caller saw, `undefined` for none. Must be atomic: two nodes that start
   * on an empty database at once make one key.
   */
  create(
    act: { readonly key: SigningKeyRecord; readonly newest: string | undefined },
    events: readonly EventDraft[],
  ): Promise<KeyStoreOutcome>;
  /** Sets `retiredAt` where it is not set and erases the private key. */
  retire(
    act: { readonly kid: string; readonly at: number },
    events: readonly EventDraft[],
  ): Promise<KeyStoreOutcome>;
  /** Sets `revokedAt` where it is not set, erases the private key, and adds the replacement, if any. */
  revoke(
    act: { readonly kid: string; readonly at: number; readonly replacement: SigningKeyRecord | undefined },
    events: readonly EventDraft[],
  ): Promise<KeyStoreOutcome>;
}
