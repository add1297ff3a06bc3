import { Denylist, type DenylistChange, type DenylistEntry, type DenylistKey } from './denylist.ts';

/** What a server's first lines say. */
export interface ToldList {
  /** Up to which of its acts nothing is missing. */
  readonly position: number;
  readonly entries: readonly DenylistEntry[];
  /** Which numbering of acts the positions belong to: it changes when a database is restored. Absent: the first one. */
  readonly history?: string | undefined;
}

/**
 * The list in force, by what one server tells after the other. A server can know less than the one before: it lags behind, or its database is
 * an older state. Nothing that is revoked lives again by that: what it does not have stays until it expires, or until it was told of and took
 * it back. What it removes while it is behind may have been revoked again since, so it counts once it has caught up.
 */
export class FollowedList {
  /** In force. */
  readonly denylist = new Denylist();
  #isFirst = true;
  #history: string | undefined;
  /** The highest position of anything that was told. */
  #highest = 0;
  /** The highest position up to which nothing was missing. */
  #whole = 0;
  /** In force, and not on the list of the server that is followed, which knew less. By name. */
  readonly #unconfirmed = new Map<string, DenylistEntry>();
  /** While it is behind: its own list, and the position from which on that is all there is. */
  #behind: { readonly own: Denylist; readonly until: number } | undefined;

  /** How many entries are in force that the server which is followed does not have, because it knew less. */
  get kept(): number {
    return this.#unconfirmed.size;
  }

  /** A server's whole list. */
  begin({ position, entries, history }: ToldList): void {
    const isOther = !this.#isFirst && history !== this.#history;
    this.#isFirst = false;
    this.#history = history;
    if (isOther || position < this.#whole) {
      for (const entry of this.denylist.snapshot()) this.#unconfirmed.set(nameOf(entry), entry);
    }
    if (isOther) {
      // Positions of the former history say nothing about this one.
      this.#highest = 0;
      this.#whole = 0;
    }
    for (const entry of entries) this.#confirm(entry);
    if (position < this.#highest) {
      this.#behind = { own: new Denylist(entries), until: this.#highest };
      this.denylist.apply({ add: entries });
    } else {
      this.#behind = undefined;
      this.denylist.replace([...entries, ...this.#unconfirmed.values()]);
    }
    this.#reach(position);
  }

  /** One act of the server that is followed, at its position. */
  change(position: number, { add = [], remove = [] }: DenylistChange): void {
    this.#highest = Math.max(this.#highest, position);
    if (this.#behind === undefined) {
      for (const key of remove) this.#unconfirmed.delete(nameOf(key));
      this.denylist.apply({ add, remove });
    } else {
      this.#behind.own.apply({ add, remove });
      this.denylist.apply({ add });
    }
    for (const entry of add) this.#confirm(entry);
  }

  /** The server says that nothing up to this position is missing. */
  caughtUp(position: number): void {
    this.#reach(position);
    if (this.#behind === undefined || position < this.#behind.until) return;
    const own = this.#behind.own.snapshot();
    this.#behind = undefined;
    this.denylist.replace([...own, ...this.#unconfirmed.values()]);
  }

  /** Drops what has expired (epoch milliseconds). */
  prune(now: number): void {
    this.denylist.prune(now);
    this.#behind?.own.prune(now);
    for (const [name, { expiresAt }] of this.#unconfirmed) {
      if (expiresAt !== undefined && expiresAt <= now) this.#unconfirmed.delete(name);
    }
  }

  #reach(position: number): void {
    this.#highest = Math.max(this.#highest, position);
    this.#whole = Math.max(this.#whole, position);
  }

  /** The server has it, and for as much and as long as it was known: its own news count from here on. */
  #confirm(told: DenylistEntry): void {
    const name = nameOf(told);
    const known = this.#unconfirmed.get(name);
    if (known === undefined) return;
    const killsAsMuch = (told.epoch ?? 0) >= (known.epoch ?? 0);
    const staysAsLong = (told.expiresAt ?? Infinity) >= (known.expiresAt ?? Infinity);
    if (killsAsMuch && staysAsLong) this.#unconfirmed.delete(name);
  }
}

/** As the denylist names its entries: of a client, those with an epoch are others than those without. */
function nameOf({ kind, id, epoch }: DenylistKey): string {
  return `${kind === 'client' && epoch !== undefined ? 'epoch' : kind} ${id}`;
}
