/** What a denylist entry can name. */
export type DenylistKind = 'client' | 'credential' | 'certificate' | 'token' | 'key' | 'authority';

/** The kinds, in the order in which `denies` looks. */
export const denylistKinds: readonly DenylistKind[] = [
  'client',
  'credential',
  'certificate',
  'token',
  'key',
  'authority',
];

/**
 * Names one entry. Two entries for the same kind and id are distinct where one has an epoch and the other has none; the value of the
 * epoch is no part of the name.
 */
export interface DenylistKey {
  readonly kind: DenylistKind;
  /**
   * The client id, the credential id, the certificate's `x5t#S256` (base64url SHA-256 of its DER), the token's `jti`, the key's `kid` or
   * the authority id.
   */
  readonly id: string;
  /** For `client` only: the epoch below which its tokens are dead. Absent: the entry kills by its presence. */
  readonly epoch?: number;
}

/** One thing that is revoked. */
export interface DenylistEntry extends DenylistKey {
  /** Epoch milliseconds after which nothing is left that the entry could kill. Absent: it never wears off. */
  readonly expiresAt?: number;
}

/** One change of the list: what joins it and what leaves it. */
export interface DenylistChange {
  readonly add?: readonly DenylistEntry[];
  readonly remove?: readonly DenylistKey[];
}

/** What is known about a request, a token or a connection. Whatever is left out is not looked at. */
export interface DenylistFacts {
  readonly clientId?: string | undefined;
  /** The client's epoch when the token was issued. Absent (no token, mutual TLS alone): entries with an epoch do not apply. */
  readonly epoch?: number | undefined;
  readonly credentialIds?: readonly string[] | undefined;
  readonly authorityIds?: readonly string[] | undefined;
  /** `x5t#S256` values, base64url without padding. */
  readonly certificates?: readonly string[] | undefined;
  /** The token's `jti`. */
  readonly tokenId?: string | undefined;
  /** The `kid` of the key that signed the token. */
  readonly keyId?: string | undefined;
}

/** Hears what joined the list. Must not throw. */
export type DenylistListener = (added: readonly DenylistEntry[]) => void;

/**
 * The revoked things, in memory. A check costs one look-up for each fact, however long the list is. Entries stay until they are removed
 * or pruned: `denies` compares no times, because clocks differ.
 */
export class Denylist {
  /** Grows with each change that had any effect; equal versions mean equal contents. */
  version = 0;
  readonly #present: Readonly<Record<DenylistKind, Map<string, DenylistEntry>>> = {
    client: new Map(),
    credential: new Map(),
    certificate: new Map(),
    token: new Map(),
    key: new Map(),
    authority: new Map(),
  };
  /** Client id → the entry that kills its tokens of lower epochs. */
  readonly #epochs = new Map<string, DenylistEntry & { epoch: number }>();
  readonly #listeners = new Set<DenylistListener>();

  constructor(entries: Iterable<DenylistEntry> = []) {
    for (const entry of entries) this.#add(entry);
  }

  /** How many entries there are. */
  get size(): number {
    let size = this.#epochs.size;
    for (const kind of denylistKinds) size += this.#present[kind].size;
    return size;
  }

  /**
   * Removes, then adds. Adding again what is there keeps the higher epoch and the later expiry; removing what is not there does nothing.
   */
  apply(change: DenylistChange): void {
    for (const key of change.remove ?? []) this.#remove(key);
    for (const entry of change.add ?? []) this.#add(entry);
    for (const listener of this.#listeners) listener(change.add ?? []);
  }

  /** Tells `listener` what was added, after each `apply` and `replace`, in the same turn. Answers how to stop. */
  subscribe(listener: DenylistListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first entry that kills something with these facts, or undefined. */
  denies(facts: DenylistFacts): DenylistEntry | undefined {
    const present = this.#present;
    if (facts.clientId !== undefined) {
      const entry = present.client.get(facts.clientId);
      if (entry !== undefined) return entry;
      if (facts.epoch !== undefined && this.#epochs.size > 0) {
        const raised = this.#epochs.get(facts.clientId);
        if (raised !== undefined && facts.epoch < raised.epoch) return raised;
      }
    }
    return (
      anyOf(present.credential, facts.credentialIds) ??
      anyOf(present.certificate, facts.certificates) ??
      (facts.tokenId === undefined ? undefined : present.token.get(facts.tokenId)) ??
      (facts.keyId === undefined ? undefined : present.key.get(facts.keyId)) ??
      anyOf(present.authority, facts.authorityIds)
    );
  }

  /** Whether an entry of this name is there. */
  has(key: DenylistKey): boolean {
    return isEpochEntry(key) ? this.#epochs.has(key.id) : this.#present[key.kind].has(key.id);
  }

  /** Drops the entries whose `expiresAt` is not after `now` (epoch milliseconds); answers how many. Walks the whole list. */
  prune(now: number): number {
    let pruned = 0;
    for (const entries of [...denylistKinds.map((kind) => this.#present[kind]), this.#epochs]) {
      for (const [id, entry] of entries) {
        if (entry.expiresAt === undefined || entry.expiresAt > now) continue;
        entries.delete(id);
        pruned += 1;
      }
    }
    if (pruned > 0) this.version += 1;
    return pruned;
  }

  /** Every entry, in no promised order. */
  snapshot(): DenylistEntry[] {
    return [...denylistKinds.flatMap((kind) => [...this.#present[kind].values()]), ...this.#epochs.values()];
  }

  /** Puts `entries` in the place of everything that is there, at once. */
  replace(entries: readonly DenylistEntry[]): void {
    for (const kind of denylistKinds) this.#present[kind].clear();
    this.#epochs.clear();
    for (const entry of entries) this.#add(entry);
    this.version += 1;
    for (const listener of this.#listeners) listener(entries);
  }

  #add(entry: DenylistEntry): void {
    this.version += 1;
    if (isEpochEntry(entry)) {
      const known = this.#epochs.get(entry.id);
      const kept = known === undefined ? entry : withLaterExpiry(entry, known);
      this.#epochs.set(entry.id, { ...kept, epoch: Math.max(entry.epoch, known?.epoch ?? 0) });
      return;
    }
    const entries = this.#present[entry.kind];
    const known = entries.get(entry.id);
    entries.set(entry.id, known === undefined ? entry : withLaterExpiry(entry, known));
  }

  #remove(key: DenylistKey): void {
    const removed = isEpochEntry(key) ? this.#epochs.delete(key.id) : this.#present[key.kind].delete(key.id);
    if (removed) this.version += 1;
  }
}

/** Only clients have epochs; on any other kind the number says nothing, and the entry kills by its presence. */
function isEpochEntry<Key extends DenylistKey>(key: Key): key is Key & { epoch: number } {
  return key.epoch !== undefined && key.kind === 'client';
}

function withLaterExpiry<Entry extends DenylistEntry>(entry: Entry, known: DenylistEntry): Entry {
  if (entry.expiresAt === undefined) return entry;
  if (known.expiresAt !== undefined && known.expiresAt <= entry.expiresAt) return entry;
  const { expiresAt: _, ...kept } = entry;
  return (known.expiresAt === undefined ? kept : { ...kept, expiresAt: known.expiresAt }) as Entry;
}

function anyOf(
  entries: ReadonlyMap<string, DenylistEntry>,
  ids: readonly string[] | undefined,
): DenylistEntry | undefined {
  if (ids === undefined || entries.size === 0) return undefined;
  for (const id of ids) {
    const entry = entries.get(id);
    if (entry !== undefined) return entry;
  }
  return undefined;
}
