import type { DenylistEntry, DenylistKey } from '@mortise/resource-server';

/** Who did it: `client:<id>` through the admin API, `account:<id>` or `certificate:<fingerprint>` by ACME, `cli` on the data directory, or `system`, the server itself. */
export type Actor = string;

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

export type EventObjectKind =
  | 'client'
  | 'credential'
  | 'resource'
  | 'key'
  | 'certificate'
  | 'authority'
  | 'token'
  | 'node'
  | 'instance'
  | 'profile'
  | 'account'
  | 'order'
  | 'authorization'
  | 'recall';

/** What revocation news an event carries; applied as removals, then additions. */
export interface DenylistNews {
  readonly add?: readonly DenylistEntry[];
  readonly remove?: readonly DenylistKey[];
}

/** A business act as its author states it. Never holds a secret or a private key. */
export interface EventDraft {
  readonly actor: Actor;
  /** `<object>.<past participle>`, e.g. `client.created`. */
  readonly act: string;
  readonly object: { readonly kind: EventObjectKind; readonly id: string };
  /** The client whose cached record the act made stale, and in whose name denylist rows are kept. */
  readonly clientId?: string;
  readonly data?: JsonObject;
  readonly denylist?: DenylistNews;
}

/** An entry of the feed. */
export interface Event extends EventDraft {
  /** Grows by commit for acts on the same object; others may be delivered out of order, and numbers may be missing. */
  readonly sequence: number;
  /** Epoch milliseconds. */
  readonly at: number;
}
