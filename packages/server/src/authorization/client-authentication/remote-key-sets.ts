import { ClientError, type PublicJwk, readPublicJwk } from '../../clients/index.ts';
import { BoundedCache } from '../bounded-cache.ts';
import type { DocumentFetcher } from '../ports.ts';
import { type Refused, refuse } from '../refusal.ts';

export interface RemoteKeySetsOptions {
  readonly fetcher: DocumentFetcher;
  readonly clock: () => number;
  /** How long a set is used without asking again. Default 600. */
  readonly freshSeconds?: number;
  /** How long the last good set is used while the URL does not answer, and so how long a removed key can live on. Default 3,600. */
  readonly staleSeconds?: number;
  /** Shortest time between two requests to one URL, whatever assertions come in. Default 30. */
  readonly cooldownSeconds?: number;
}

interface Entry {
  keys: readonly PublicJwk[];
  /** Epoch milliseconds of the last answer that was a set; undefined before the first. */
  fetchedAt: number | undefined;
  attemptedAt: number;
  problem: string;
  pending: Promise<void> | undefined;
}

const maximumKeys = 32;

/**
 * The key sets behind `jwks_uri`, at most 1,000 of them, each fetched by one request at a time. A key that is not in a
 * fresh set is looked for again at most once per cool-down.
 */
export class RemoteKeySets {
  readonly #options: Required<RemoteKeySetsOptions>;
  readonly #entries = new BoundedCache<string, Entry>(1_000);

  constructor(options: RemoteKeySetsOptions) {
    this.#options = { freshSeconds: 600, staleSeconds: 3_600, cooldownSeconds: 30, ...options };
  }

  /** The keys at a URL. Where `wanted` is false of those at hand, the URL is asked again, if it has not just been. */
  async keys(
    uri: string,
    wanted: (keys: readonly PublicJwk[]) => boolean,
  ): Promise<readonly PublicJwk[] | Refused> {
    const entry = this.#entry(uri);
    const usable = this.#isFresh(entry) && wanted(entry.keys);
    if (!usable && this.#mayAsk(entry)) {
      entry.pending ??= this.#fetch(uri, entry).finally(() => {
        entry.pending = undefined;
      });
      await entry.pending;
    } else if (!usable && entry.pending !== undefined) {
      await entry.pending;
    }
    if (this.#ageMs(entry) <= this.#options.staleSeconds * 1000) return entry.keys;
    return refuse({ code: 'keys_unavailable', uri, problem: entry.problem });
  }

  #entry(uri: string): Entry {
    let entry = this.#entries.get(uri);
    if (entry === undefined) {
      entry = {
        keys: [],
        fetchedAt: undefined,
        attemptedAt: Number.NEGATIVE_INFINITY,
        problem: 'not_fetched',
        pending: undefined,
      };
      this.#entries.set(uri, entry);
    }
    return entry;
  }

  #ageMs({ fetchedAt }: Entry): number {
    return fetchedAt === undefined ? Number.POSITIVE_INFINITY : this.#options.clock() - fetchedAt;
  }

  #isFresh(entry: Entry): boolean {
    return this.#ageMs(entry) <= this.#options.freshSeconds * 1000;
  }

  #mayAsk({ attemptedAt, pending }: Entry): boolean {
    return (
      pending === undefined && this.#options.clock() - attemptedAt >= this.#options.cooldownSeconds * 1000
    );
  }

  async #fetch(uri: string, entry: Entry): Promise<void> {
    entry.attemptedAt = this.#options.clock();
    try {
      entry.keys = readKeys(await this.#options.fetcher.fetchJson(uri));
      entry.fetchedAt = this.#options.clock();
    } catch (error) {
      entry.problem = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    }
  }
}

/** The keys of a set that could sign an assertion; others (for encryption, of unknown kinds) are passed over (RFC 7517 §5). */
function readKeys(document: unknown): PublicJwk[] {
  const given = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(given)) throw new ClientError('metadata_invalid', 'the document is no JWK set');
  const keys: PublicJwk[] = [];
  for (const entry of given.slice(0, maximumKeys) as unknown[]) {
    try {
      keys.push(readPublicJwk(entry, 'jwks'));
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
    }
  }
  return keys;
}
