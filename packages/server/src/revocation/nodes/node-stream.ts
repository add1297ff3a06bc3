import type { DenylistEntry, DenylistKey } from '@mortise/resource-server';
import type { TrustBundle } from '../../authority/index.ts';
import type { LineQueueLimits, WriteLine } from './line-queue.ts';
import { LineQueue } from './line-queue.ts';
import type { NodeIdentity } from './node-identity.ts';
import { aheadLine, changeLines, heartbeatLine, snapshotLines, trustLine } from './wire.ts';

/** Why a stream ended. After each of them a node may connect again, and is then told the whole list. */
export type NodeStreamEnd =
  /** The node went away. */
  | 'reader_gone'
  /** It did not take what it was sent. */
  | 'too_slow'
  /** Its certificate or credential has ended. */
  | 'credential_ended'
  | 'revoked'
  /** Its client, or the resources that it serves, changed so that it must show again what it may see. */
  | 'must_reconnect'
  /** This server could not go on, or stops. */
  | 'server_failed'
  | 'server_stopping';

export interface NodeStreamOptions {
  readonly node: NodeIdentity;
  /** The resources asked for; undefined for all that the node serves, also later ones. */
  readonly requested: readonly string[] | undefined;
  readonly resources: ReadonlySet<string>;
  readonly write: WriteLine;
  readonly limits: LineQueueLimits;
  readonly clock: () => number;
  /** Up to which nothing is missing in `entries`. */
  readonly position: number;
  /** The highest position of what `entries` hold. */
  readonly highest: number;
  readonly entries: readonly DenylistEntry[];
  readonly history: string | undefined;
  /** Told after the first list. */
  readonly trust: TrustBundle | undefined;
}

/** One node on the line: what it may see, and the queue of lines to it. */
export class NodeStream {
  readonly node: NodeIdentity;
  readonly requested: readonly string[] | undefined;
  readonly openedAt: number;
  /** Resolves when the stream has ended. */
  readonly ended: Promise<NodeStreamEnd>;
  /** The resources whose clients the node is told about. */
  resources: ReadonlySet<string>;
  /** The highest position of a line given to the queue. */
  sentPosition: number;
  readonly #queue: LineQueue;
  readonly #resolveEnded: (reason: NodeStreamEnd) => void;

  constructor(options: NodeStreamOptions) {
    this.node = options.node;
    this.requested = options.requested;
    this.resources = options.resources;
    this.openedAt = options.clock();
    this.sentPosition = options.position;
    const { promise, resolve } = Promise.withResolvers<NodeStreamEnd>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#queue = new LineQueue({
      write: options.write,
      first: firstLines(options),
      limits: options.limits,
      clock: options.clock,
      ended: (reason) => this.end(reason),
    });
  }

  /** Starts with the snapshot. */
  start(): void {
    this.#queue.run();
  }

  change(
    position: number,
    change: { readonly add: readonly DenylistEntry[]; readonly remove: readonly DenylistKey[] },
  ): void {
    for (const line of changeLines(position, change)) {
      this.sentPosition = Math.max(this.sentPosition, position);
      this.#queue.push(line);
    }
  }

  /** Says that nothing up to `position` is missing; left out while the reader is behind, who will hear later. */
  heartbeat(position: number, at: number): void {
    if (!this.#queue.idle) return;
    this.sentPosition = Math.max(this.sentPosition, position);
    this.#queue.push(heartbeatLine(position, at));
  }

  /** Says which roots to trust from now on. */
  trust(bundle: TrustBundle): void {
    this.#queue.push(trustLine(bundle));
  }

  /** For how long the reader has taken nothing, in milliseconds. */
  blockedMs(): number {
    return this.#queue.blockedMs();
  }

  /** Ends once the reader has taken what it was told so far; it is told nothing more. */
  finish(reason: NodeStreamEnd): void {
    this.#queue.finish(() => this.end(reason));
  }

  end(reason: NodeStreamEnd): void {
    this.#queue.stop();
    this.#resolveEnded(reason);
  }
}

function* firstLines(options: NodeStreamOptions): Generator<string> {
  const { position, highest, entries, history, trust } = options;
  yield* snapshotLines(position, entries, history);
  if (highest > position) yield aheadLine(highest);
  if (trust !== undefined) yield trustLine(trust);
}
