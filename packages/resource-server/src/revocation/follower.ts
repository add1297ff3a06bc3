import { setTimeout as sleep } from 'node:timers/promises';
import { asServerError, ResourceServerError } from '../errors.ts';
import type { ResourceServerEvent } from '../events.ts';
import type { TrustedConnections } from '../transport/trusted-connections.ts';
import type { Denylist, DenylistEntry } from './denylist.ts';
import { readFeedMessage } from './feed-messages.ts';
import { FollowedList, type ToldList } from './followed-list.ts';
import { readLines } from './lines.ts';

export interface FollowerOptions {
  /** `<mtlsUrl>/nodes/v1/feed`, with the resources to follow in its query. */
  readonly url: string;
  /** Presents this node's certificate. */
  readonly connections: TrustedConnections;
  readonly maxStalenessMs: number;
  /** How long after its `expiresAt` an entry is kept, for tokens that are accepted with leeway. */
  readonly keepExpiredMs: number;
  readonly log: (event: ResourceServerEvent) => void;
  /** Hears each position that is in force here from now on, where something changed. */
  readonly enforced: (position: number) => void;
  /** Hears each position up to which nothing more changed. */
  readonly reached: (position: number) => void;
  /** Hears which roots the server says to trust. */
  readonly trust: (roots: readonly string[], retired: readonly string[]) => void;
  readonly clock: () => number;
  readonly monotonicClock: () => number;
}

/** A list this long would take about 400 MB; a server that sends more is broken or hostile. */
const maxEntries = 2_000_000;
const headersTimeoutMs = 10_000;
const firstRetryMs = 100;
const longestRetryMs = 10_000;
const pruneEveryMs = 60_000;

/**
 * Follows the revocation feed of the authorization server: takes the whole list, then its changes, and begins again whenever the
 * connection ends or falls silent. While a new list is on its way the former one stays in force.
 */
export class Follower {
  readonly #list = new FollowedList();
  readonly #options: FollowerOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  readonly #first = Promise.withResolvers<void>();
  #position = 0;
  #heardAt: number | undefined;
  #prunedAt = 0;
  #failures = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** What is in force. */
  get denylist(): Denylist {
    return this.#list.denylist;
  }

  /** The position of the server's acts up to which this list is whole; 0 before the first list. */
  get position(): number {
    return this.#position;
  }

  /** Milliseconds since the server last said that this list is whole; Infinity before the first one. */
  get stalenessMs(): number {
    return this.#heardAt === undefined
      ? Number.POSITIVE_INFINITY
      : this.#options.monotonicClock() - this.#heardAt;
  }

  isStale(): boolean {
    return this.stalenessMs > this.#options.maxStalenessMs;
  }

  /** Resolves with the first whole list; never rejects. */
  get ready(): Promise<void> {
    return this.#first.promise;
  }

  /** Ends the connection and the reconnecting; resolves when both have ended. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
        throw new ResourceServerError('server_unreachable', 'the server ended the revocation feed');
      } catch (error) {
        if (signal.aborted) return;
        const retryInMs = this.#nextRetryMs();
        const { url } = this.#options;
        this.#options.log({ type: 'feed_disconnected', error: asServerError(error, url), retryInMs });
        await sleep(retryInMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let arriving: DenylistEntry[] | undefined = [];
    for await (const line of readLines(await this.#connect(signal))) {
      const message = readFeedMessage(line);
      if (message === undefined) continue;
      if (message.type === 'trust') {
        this.#options.trust(message.roots, message.retired);
        continue;
      }
      if (message.type === 'snapshot') {
        arriving ??= [];
        for (const entry of message.entries) arriving.push(entry);
        if (arriving.length > maxEntries) throw invalid(`the denylist has more than ${maxEntries} entries`);
        if (message.more) continue;
        this.#takeOver({ position: message.position, entries: arriving, history: message.history });
        arriving = undefined;
        continue;
      }
      if (arriving !== undefined) throw invalid(`a ${message.type} came before the list was whole`);
      // While an act before it is not committed yet, a change is ahead of the heartbeats, and that act's own change comes later.
      const isAhead = message.position >= this.#position;
      this.#moveTo(Math.max(message.position, this.#position));
      if (message.type === 'change') {
        this.#list.change(message.position, message);
        this.#options.enforced(message.position);
      } else {
        this.#list.caughtUp(message.position);
        if (isAhead) this.#options.reached(message.position);
      }
    }
  }

  async #connect(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { statusCode, body } = await this.#options.connections.request(this.#options.url, {
      headers: { accept: 'application/x-ndjson' },
      headersTimeout: headersTimeoutMs,
      // Silence longer than this means that the connection is dead, whatever TCP thinks of it.
      bodyTimeout: Math.max(15_000, this.#options.maxStalenessMs / 2),
      signal,
    });
    if (statusCode === 200) return body;
    await body.dump();
    throw new ResourceServerError(
      'server_unreachable',
      `the revocation feed answered with status ${statusCode}`,
    );
  }

  #takeOver(told: ToldList): void {
    const { position } = told;
    this.#list.begin(told);
    this.#moveTo(position);
    this.#failures = 0;
    this.#first.resolve();
    this.#options.log({
      type: 'feed_connected',
      position,
      entries: this.denylist.size,
      kept: this.#list.kept,
    });
    this.#options.enforced(position);
  }

  #moveTo(position: number): void {
    this.#position = position;
    const now = this.#options.monotonicClock();
    this.#heardAt = now;
    if (now - this.#prunedAt < pruneEveryMs) return;
    this.#prunedAt = now;
    this.#list.prune(this.#options.clock() - this.#options.keepExpiredMs);
  }

  /** Doubles from 100 ms to 10 s; the jitter keeps many nodes from coming back at once. */
  #nextRetryMs(): number {
    const longest = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    return Math.round(longest * (0.5 + Math.random() / 2));
  }
}

function invalid(what: string): ResourceServerError {
  return new ResourceServerError('feed_invalid', `the revocation feed is not in order: ${what}`);
}
