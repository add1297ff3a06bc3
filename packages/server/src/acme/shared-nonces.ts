import type { KeySealer } from '../authority/index.ts';
import type { Nonces } from './nonces.ts';

/** The memory of which nonces were used, shared by all nodes: one atomic insert. */
export interface NonceUses {
  /** Whether this was the first use. The row may go after `expiresAt` (epoch milliseconds). */
  consume(nonce: string, expiresAt: number): Promise<boolean>;
}

const purpose = 'acme nonce';
const lifetimeMs = 3_600_000;
/** Another node's clock may be ahead by this much. */
const skewMs = 60_000;
const form = /^[A-Za-z0-9_-]{30,100}$/;

/**
 * The nonces of several nodes over one database. A nonce is the sealed time of its making, so that handing them out writes
 * nothing and every node knows those of the others; only its use is a row.
 */
export class SharedNonces implements Nonces {
  readonly #sealer: KeySealer;
  readonly #uses: NonceUses;
  readonly #clock: () => number;

  constructor(options: {
    readonly sealer: KeySealer;
    readonly uses: NonceUses;
    readonly clock: () => number;
  }) {
    this.#sealer = options.sealer;
    this.#uses = options.uses;
    this.#clock = options.clock;
  }

  issue(): string {
    const time = Buffer.alloc(8);
    time.writeDoubleBE(this.#clock());
    return this.#sealer.seal(purpose, time).toString('base64url');
  }

  /** Whether it was issued here, in the last hour, and is used for the first time. */
  async use(nonce: string): Promise<boolean> {
    const issuedAt = this.#read(nonce);
    const now = this.#clock();
    if (issuedAt === undefined || issuedAt > now + skewMs || issuedAt + lifetimeMs <= now) return false;
    return this.#uses.consume(nonce, issuedAt + lifetimeMs);
  }

  #read(nonce: string): number | undefined {
    if (!form.test(nonce)) return undefined;
    const sealed = Buffer.from(nonce, 'base64url');
    // Other spellings of the same octets would be other nonces.
    if (sealed.toString('base64url') !== nonce) return undefined;
    try {
      return this.#sealer.open(purpose, sealed).readDoubleBE(0);
    } catch {
      return undefined;
    }
  }
}
