import type { AuthorityRequest, AuthorityStore } from '../../authority/index.ts';
import type { ClientStore } from '../../clients/index.ts';
import type { Actor, Event } from '../../events/index.ts';
import type { EntryLifetimes } from '../entry-lifetimes.ts';
import type { RevocationStore } from '../store.ts';

/** Who acts, and why, for the audit log: at most a sentence, never a secret. */
export interface By {
  readonly actor: Actor;
  readonly reason?: string;
}

/** `changed: false`: it was so already. `changed: true`: durable, and in force in this process. */
export type ActOutcome = { readonly changed: true; readonly event: Event } | { readonly changed: false };

/** What acts read and write. They read the stores, not caches: an act is rare and must not start from old news. */
export interface ActContext {
  readonly store: RevocationStore;
  readonly clients: Pick<ClientStore, 'find' | 'findCredential' | 'findByCertificate'>;
  readonly authorities: Pick<AuthorityStore, 'listAuthorities' | 'findCertificate'>;
  /** Removes a key that was made on a token for what will not be; never rejects. */
  readonly discardKey: (request: AuthorityRequest) => Promise<void>;
  readonly lifetimes: EntryLifetimes;
  readonly clock: () => number;
}

export function outcomeOf(event: Event | undefined): ActOutcome {
  return event === undefined ? { changed: false } : { changed: true, event };
}

/** The `data` of an event for this reason, if there is one. */
export function reasonOf(by: By): { reason?: string } {
  return by.reason === undefined ? {} : { reason: by.reason };
}
