import { firstPartition } from '../../../authority/index.ts';
import type { PublishingAuthorities } from '../authorities.ts';
import { crlPublishedEveryMs } from '../lifetimes.ts';
import type { RevocationNews } from '../revocation-news.ts';
import type { CrlScope, CrlStore, PublishedCrl } from '../store.ts';
import { lists, readContents } from './crl-contents.ts';
import { isDue, makeCrl } from './make-crl.ts';

/** How many CRLs are kept in memory. */
const keptCrls = 256;
/** How many CRLs one round of the schedule publishes. */
const publishedAtOnce = 200;
/** How often another node may be first before this gives up. */
const attempts = 10;

export interface CrlPublisherOptions {
  readonly store: CrlStore;
  readonly authorities: PublishingAuthorities;
  readonly news: RevocationNews;
  /** The outer URL of the listener `pki`, without a slash at the end. */
  readonly baseUrl: string;
  readonly clock: () => number;
  /** Whether too much may have happened unseen: then nothing is signed, and what is known is served as it is. */
  readonly isStale: () => boolean;
  /** Told when a CRL could not be made; the last one is served for as long as it may be used. */
  readonly onError: (error: unknown) => void;
}

interface Kept {
  readonly crl: PublishedCrl;
  /** Whether nothing was revoked or released in its partition since. */
  current: boolean;
}

interface Making {
  readonly crl: Promise<PublishedCrl>;
  /** Something was revoked or released after it was begun, and may be missing on it. */
  overtaken: boolean;
}

/**
 * The CRLs of all authorities. A CRL is made when it is asked for and something was revoked since the last one, however much that was; so a
 * revocation costs the same at any number of them, and whoever asks after it was acknowledged finds it listed, on every node.
 */
export class CrlPublisher {
  readonly #options: CrlPublisherOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #making = new Map<string, Making>();
  readonly #published = { made: 0, failed: 0 };
  /** Another value with each piece of news. */
  #overtaken = 0;
  readonly #unsubscribe: () => void;

  constructor(options: CrlPublisherOptions) {
    this.#options = options;
    this.#unsubscribe = options.news.subscribe((changed) => {
      if (changed === 'unknown') this.#overtakeAll();
      else for (const scope of changed) this.#overtake(keyOf(scope));
    });
  }

  /** How many CRLs were made and stored here, and how often that failed. */
  get published(): { readonly made: number; readonly failed: number } {
    return this.#published;
  }

  /** The CRL of a partition, with everything on it that was delivered here before the call; undefined if there is no such partition. */
  async find(scope: CrlScope): Promise<PublishedCrl | undefined> {
    const { news, clock, isStale } = this.#options;
    const key = keyOf(scope);
    if (isStale()) return this.#lastResort(key);
    await news.settled();
    const kept = this.#kept.get(key);
    if (this.#isOffline(scope)) return this.#findImported(scope, kept);
    if (kept?.current === true && !isDue(kept.crl, clock())) return kept.crl;
    const baseUrl = await this.#baseUrl(scope);
    if (baseUrl === undefined) return undefined;
    try {
      return await this.#make(scope, baseUrl);
    } catch (error) {
      this.#published.failed += 1;
      this.#options.onError(error);
      return this.#lastResort(key);
    }
  }

  /** Publishes again what is due without anybody having asked for it. */
  async publishDue(): Promise<void> {
    const { store, clock, isStale } = this.#options;
    if (isStale()) return;
    const now = clock();
    const due = await store.listDue({ before: now - crlPublishedEveryMs, now, limit: publishedAtOnce });
    for (const scope of due) if (!this.#isOffline(scope)) await this.find(scope);
  }

  close(): void {
    this.#unsubscribe();
  }

  /** A CRL says itself until when it may be used, so an old one is better than none. Throws CrlUnavailable. */
  #lastResort(key: string): PublishedCrl {
    const crl = this.#kept.get(key)?.crl;
    if (crl === undefined || crl.nextUpdate <= this.#options.clock()) throw new CrlUnavailable();
    return crl;
  }

  #isOffline({ authorityId }: CrlScope): boolean {
    const record = this.#options.authorities.list().find(({ id }) => id === authorityId);
    return record?.signer === 'offline';
  }

  /** The last one that was signed where the key is, and brought here; undefined if none ever was. */
  async #findImported(scope: CrlScope, kept: Kept | undefined): Promise<PublishedCrl | undefined> {
    const { store, clock } = this.#options;
    const overtaken = this.#overtaken;
    const crl = kept?.current === true ? kept.crl : await store.findCrl(scope);
    if (crl === undefined) return undefined;
    if (kept?.current !== true) this.#keep(keyOf(scope), { crl, current: overtaken === this.#overtaken });
    if (crl.nextUpdate <= clock()) throw new CrlUnavailable();
    return crl;
  }

  async #baseUrl(scope: CrlScope): Promise<string | undefined> {
    const { authorities, store, baseUrl } = this.#options;
    if (!authorities.list().some(({ id }) => id === scope.authorityId)) return undefined;
    if (scope.partition === firstPartition) return baseUrl;
    return (await store.findPartition(scope))?.baseUrl;
  }

  /** Joins what is being made already, unless it was overtaken. */
  async #make(scope: CrlScope, baseUrl: string): Promise<PublishedCrl> {
    const key = keyOf(scope);
    for (;;) {
      const running = this.#making.get(key);
      if (running === undefined) break;
      if (!running.overtaken) return running.crl;
      await running.crl.catch(() => {});
    }
    const making: Making = { crl: this.#publish(scope, baseUrl), overtaken: false };
    this.#making.set(key, making);
    try {
      const crl = await making.crl;
      this.#keep(key, { crl, current: !making.overtaken });
      return crl;
    } finally {
      this.#making.delete(key);
    }
  }

  /** Takes the stored CRL where it is right, whoever made it; else makes the next one and stores it, unless another node is first. */
  async #publish(scope: CrlScope, baseUrl: string): Promise<PublishedCrl> {
    const { store, authorities, clock } = this.#options;
    for (let left = attempts; left > 0; left -= 1) {
      const now = clock();
      const contents = await readContents(this.#options, scope, now);
      const previous = await store.findCrl(scope);
      const authority = authorities.signing(scope.authorityId);
      const ended = authority.record.notAfter <= now;
      if (previous !== undefined && (ended || !isDue(previous, now))) {
        if (ended || (await lists(previous.complete, contents))) return previous;
      }
      const crl = await makeCrl({ store, authority, scope, baseUrl, contents, previous, now });
      if (await store.publish(crl, previous?.number)) {
        this.#published.made += 1;
        return crl;
      }
    }
    throw new CrlUnavailable();
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    for (const [oldest] of this.#kept) {
      if (this.#kept.size <= keptCrls) return;
      this.#kept.delete(oldest);
    }
  }

  #overtake(key: string): void {
    this.#overtaken += 1;
    const kept = this.#kept.get(key);
    if (kept !== undefined) kept.current = false;
    const making = this.#making.get(key);
    if (making !== undefined) making.overtaken = true;
  }

  #overtakeAll(): void {
    for (const key of [...this.#kept.keys(), ...this.#making.keys()]) this.#overtake(key);
  }
}

/** There is none that could be served now; there may be later. */
export class CrlUnavailable extends Error {
  readonly code = 'crl_unavailable';

  constructor() {
    super('no current CRL can be made now');
    this.name = 'CrlUnavailable';
  }
}

function keyOf({ authorityId, partition }: CrlScope): string {
  return `${authorityId}/${partition}`;
}
