import { checkOpen } from './closed.ts';
import { Identity, type IdentityOptions } from './identity.ts';
import { Overlap } from './overlap.ts';
import type { TokenTarget } from './tokens/token-request.ts';

export type Credentials = Pick<IdentityOptions, 'certificate' | 'anchors'>;

export interface IdentitiesOptions extends Omit<IdentityOptions, keyof Credentials> {
  /** Aborted once the client is closed. */
  readonly closing: AbortSignal;
}

/** How many of the tokens in use a new certificate has to prove itself with before it takes over. */
const provenTokens = 16;

/** The identity that a client has now, and the former ones while somebody still needs them. */
export class Identities {
  readonly #options: IdentitiesOptions;
  readonly #open = new Set<Identity>();
  readonly #overlap: Overlap;
  #current: Identity;
  #replacing: Promise<unknown> = Promise.resolve();

  constructor(options: IdentitiesOptions, first: Credentials) {
    this.#options = options;
    this.#overlap = new Overlap({
      again: (former) => this.#create(former),
      drop: (identity) => void identity.connections.retire().then(() => this.#drop(identity)),
      clock: options.clock,
    });
    this.#current = this.#create(first);
  }

  get current(): Identity {
    return this.#current;
  }

  /** Lets another take over once it has obtained the tokens that are in use; one replacement after the other. Else rejects, and nothing has changed. */
  replace(next: (current: Identity) => Credentials): Promise<void> {
    const replaced = this.#replacing.then(() => this.#prove(this.#create(next(this.#current))));
    this.#replacing = replaced.catch(() => undefined);
    return replaced;
  }

  /** Where a call began before a replacement: the one in use now. Else the former one, while its time lasts. */
  otherThan(identity: Identity): Identity | undefined {
    return identity === this.#current ? this.#overlap.identity() : this.#current;
  }

  /** The other one if it still gets a token, else the one in use. */
  async otherWithToken(identity: Identity, target: TokenTarget): Promise<Identity> {
    const other = this.otherThan(identity);
    if (other === undefined) return identity;
    try {
      await other.tokens.get(target);
      return other;
    } catch {
      return this.#current;
    }
  }

  /** Ends every connection, with the calls that are under way on it. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#open, (identity) => identity.connections.destroy()));
    this.#open.clear();
  }

  #create({ certificate, anchors }: Credentials): Identity {
    const identity = new Identity({ ...this.#options, certificate, anchors });
    this.#open.add(identity);
    return identity;
  }

  async #prove(next: Identity): Promise<void> {
    const current = this.#current;
    try {
      checkOpen(this.#options.closing);
      const targets = current.tokens.targets().slice(0, provenTokens);
      await Promise.all(targets.map((target) => next.tokens.get(target)));
    } catch (error) {
      await this.#drop(next);
      throw error;
    }
    this.#current = next;
    // Servers may disagree about a certificate, not about whom this client trusts.
    if (next.certificate !== current.certificate) this.#overlap.begin(current);
    void current.connections.retire().then(() => this.#drop(current));
  }

  async #drop(identity: Identity): Promise<void> {
    this.#open.delete(identity);
    await identity.connections.destroy();
  }
}
