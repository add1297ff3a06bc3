import { firstPartition } from '../../authority/index.ts';
import type { Event, Feed } from '../../events/index.ts';
import type { PublishingAuthorities } from './authorities.ts';
import type { CrlScope, CrlStore } from './store.ts';

/** The CRLs that something changed on; `unknown`: it could not be found out, so any may have changed. */
export type ChangedScopes = readonly CrlScope[] | 'unknown';

/** Events that change what is said about certificates. */
export function changesRevocation({ act }: Event): boolean {
  return (
    act === 'certificate.revoked' ||
    act === 'certificate.released' ||
    act === 'client.revoked' ||
    act === 'authority.revoked'
  );
}

/** Finds out which CRLs each revocation concerns, whichever node it came from. */
export class RevocationNews {
  readonly #store: Pick<CrlStore, 'changed'>;
  readonly #authorities: Pick<PublishingAuthorities, 'list'>;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<(changed: ChangedScopes) => void>();
  readonly #lookups = new Set<Promise<void>>();
  readonly #unsubscribe: () => void;

  constructor(options: {
    readonly store: Pick<CrlStore, 'changed'>;
    readonly authorities: Pick<PublishingAuthorities, 'list'>;
    readonly feed: Feed;
    readonly onError: (error: unknown) => void;
  }) {
    this.#store = options.store;
    this.#authorities = options.authorities;
    this.#onError = options.onError;
    this.#unsubscribe = options.feed.subscribe('revocation publishing', (event) => this.#take(event));
  }

  subscribe(listener: (changed: ChangedScopes) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the listeners know of everything that was delivered here before the call. */
  async settled(): Promise<void> {
    if (this.#lookups.size > 0) await Promise.all(this.#lookups);
  }

  close(): void {
    this.#unsubscribe();
    this.#listeners.clear();
  }

  #take(event: Event): void {
    if (!changesRevocation(event) && event.act !== 'authority.crl_imported') return;
    const lookup = this.#scopes(event)
      .catch((error: unknown) => {
        this.#onError(error);
        return 'unknown' as const;
      })
      .then((changed) => {
        for (const listener of this.#listeners) listener(changed);
      })
      .finally(() => this.#lookups.delete(lookup));
    this.#lookups.add(lookup);
  }

  async #scopes(event: Event): Promise<ChangedScopes> {
    if (event.act === 'client.revoked') {
      return this.#store.changed({ clientId: event.clientId ?? event.object.id });
    }
    if (event.act === 'authority.crl_imported') {
      return [{ authorityId: event.object.id, partition: firstPartition }];
    }
    if (event.act !== 'authority.revoked') return this.#store.changed({ fingerprint256: event.object.id });
    const revoked = event.data?.['authorities'];
    return this.#authorities
      .list()
      .filter(({ id }) => Array.isArray(revoked) && revoked.includes(id))
      .flatMap(({ parentId }) => (parentId === undefined ? [] : [{ authorityId: parentId, partition: 0 }]));
  }
}
