import type { Identity } from './identity.ts';

export interface OverlapOptions {
  /** The same certificate and anchors again, with connections and tokens of its own. */
  readonly again: (former: Identity) => Identity;
  readonly drop: (identity: Identity) => void;
  readonly clock: () => number;
}

/** How long servers may still disagree about a new certificate. */
const overlapMs = 600_000;

/**
 * The certificate that was replaced, for the servers that do not take the new one yet. Its connections drain like those of any former
 * one; only where a server disagrees are new ones opened, with a token bound to it.
 */
export class Overlap {
  readonly #options: OverlapOptions;
  #former: { readonly of: Identity; readonly until: number; identity: Identity | undefined } | undefined;

  constructor(options: OverlapOptions) {
    this.#options = options;
  }

  /** From now on `former` is the one to fall back to. */
  begin(former: Identity): void {
    this.end();
    if (former.certificate === undefined) return;
    this.#former = { of: former, until: this.#options.clock() + overlapMs, identity: undefined };
  }

  /** The identity to fall back to; undefined when its time is over. */
  identity(): Identity | undefined {
    const former = this.#former;
    if (former === undefined) return undefined;
    if (this.#options.clock() >= former.until) {
      this.end();
      return undefined;
    }
    former.identity ??= this.#options.again(former.of);
    return former.identity;
  }

  end(): void {
    const identity = this.#former?.identity;
    this.#former = undefined;
    if (identity !== undefined) this.#options.drop(identity);
  }
}
