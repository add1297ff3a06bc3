import type { DenylistEntry, DenylistKey } from '@mortise/resource-server';
import type { DenylistNews } from '../events/index.ts';
import type { DenylistRow } from './denylist-row.ts';

/** The entries of the denylist with the clients that they belong to: what the streams to nodes are cut from. */
export class DenylistRows {
  readonly #rows = new Map<string, DenylistRow>();
  readonly #keysOfClient = new Map<string, Set<string>>();

  get size(): number {
    return this.#rows.size;
  }

  /** Removes, then adds; adding again keeps the higher epoch, the later expiry, and takes the new owner if there is one. */
  apply(news: DenylistNews, clientId: string | undefined): void {
    for (const key of news.remove ?? []) this.#delete(nameOf(key));
    for (const entry of news.add ?? []) this.#add(entry, clientId);
  }

  /** Whose thing the entry of this name is; undefined if there is none, or it is nobody's. */
  ownerOf(key: DenylistKey): string | undefined {
    return this.#rows.get(nameOf(key))?.clientId;
  }

  all(): DenylistRow[] {
    return [...this.#rows.values()];
  }

  ofClient(clientId: string): DenylistEntry[] {
    return [...(this.#keysOfClient.get(clientId) ?? [])].map((name) => this.#rows.get(name)!.entry);
  }

  countOfClient(clientId: string): number {
    return this.#keysOfClient.get(clientId)?.size ?? 0;
  }

  hasClient(clientId: string): boolean {
    return this.#keysOfClient.has(clientId);
  }

  /** Drops the entries whose `expiresAt` is not after `now` (epoch milliseconds). */
  prune(now: number): void {
    for (const [name, { entry }] of this.#rows) {
      if (entry.expiresAt !== undefined && entry.expiresAt <= now) this.#delete(name);
    }
  }

  #add(entry: DenylistEntry, clientId: string | undefined): void {
    const name = nameOf(entry);
    const known = this.#rows.get(name);
    const owner = clientId ?? known?.clientId;
    const kept = known === undefined ? entry : merged(known.entry, entry);
    if (known !== undefined && known.clientId !== owner) this.#delete(name);
    this.#rows.set(name, owner === undefined ? { entry: kept } : { entry: kept, clientId: owner });
    if (owner === undefined) return;
    const keys = this.#keysOfClient.get(owner);
    if (keys === undefined) this.#keysOfClient.set(owner, new Set([name]));
    else keys.add(name);
  }

  #delete(name: string): void {
    const owner = this.#rows.get(name)?.clientId;
    this.#rows.delete(name);
    if (owner === undefined) return;
    const keys = this.#keysOfClient.get(owner);
    keys?.delete(name);
    if (keys?.size === 0) this.#keysOfClient.delete(owner);
  }
}

/** Equal for equal names: kind, id, and for clients whether there is an epoch. */
function nameOf(key: DenylistKey): string {
  return key.kind === 'client' && key.epoch !== undefined ? `epoch:${key.id}` : `${key.kind}:${key.id}`;
}

function merged(known: DenylistEntry, added: DenylistEntry): DenylistEntry {
  const { expiresAt: _, epoch: __, ...named } = added;
  const epoch = Math.max(known.epoch ?? 0, added.epoch ?? 0);
  const forever = known.expiresAt === undefined || added.expiresAt === undefined;
  return {
    ...named,
    ...(added.epoch === undefined ? {} : { epoch }),
    ...(forever ? {} : { expiresAt: Math.max(known.expiresAt, added.expiresAt) }),
  };
}
