import type { DenylistEntry, DenylistKey } from '@mortise/resource-server';
import type { TrustBundle } from '../../authority/index.ts';
import type { Client, ResourceStore } from '../../clients/index.ts';
import type { Event } from '../../events/index.ts';
import type { DenylistFollower } from '../denylist-follower.ts';
import type { ClientGrants } from '../denylist-row.ts';
import type { EntryLifetimes } from '../entry-lifetimes.ts';
import type { RevocationStore } from '../store.ts';
import type { ClientVisibility } from './client-visibility.ts';
import { keyOf, maySee } from './client-visibility.ts';
import { formerGrantsOf } from './former-grants.ts';
import type { LineQueueLimits, WriteLine } from './line-queue.ts';
import { loadVisibility } from './load-visibility.ts';
import type { NodeIdentity } from './node-identity.ts';
import { factsOf } from './node-identity.ts';
import { NodeRefused } from './node-refused.ts';
import type { NodeStreamEnd } from './node-stream.ts';
import { NodeStream } from './node-stream.ts';

export interface NodeFeedOptions {
  readonly follower: DenylistFollower;
  readonly store: Pick<RevocationStore, 'grantsOfDenied' | 'eventsSince'>;
  readonly clients: { find(clientId: string): Promise<Client | undefined> };
  readonly resources: Pick<ResourceStore, 'find' | 'list'>;
  readonly lifetimes: EntryLifetimes;
  /** Which roots nodes are told to trust. Default: nothing is told. */
  readonly trust?: { bundle(): TrustBundle; onChange(listener: () => void): () => void };
  /** Which numbering of acts positions belong to; undefined where the database was never restored. */
  readonly history?: string | undefined;
  readonly clock: () => number;
  /** Default 5. */
  readonly heartbeatSeconds?: number;
  /** Default 1,000 lines and 4 Mi characters. */
  readonly limits?: LineQueueLimits;
  /** After how long without taking a line a node is dropped. Default 30. */
  readonly blockedLimitSeconds?: number;
  /** Default 1,000 in all, and 100 of one client. */
  readonly maximumStreams?: number;
  readonly maximumStreamsPerClient?: number;
  /** Told why streams were ended because of an error of this server. */
  readonly onError?: (error: unknown) => void;
}

export interface NodeStreamRequest {
  readonly client: NodeIdentity;
  /** Identifiers; undefined or empty for all that the node serves. */
  readonly resources?: readonly string[] | undefined;
  /** Ends the stream when the node goes away. */
  readonly signal: AbortSignal;
  readonly write: WriteLine;
}

/**
 * Streams the denylist to nodes, each cut to what the node may see: keys and authorities always, other things only
 * of clients whose tokens its resources may meet. What it sends follows the feed strictly in order: one change is
 * looked at and given to all streams before the next.
 */
export class NodeFeed {
  readonly #options: NodeFeedOptions;
  readonly #limits: LineQueueLimits;
  readonly #streams = new Set<NodeStream>();
  readonly #unsubscribe: () => void;
  readonly #untrust: () => void;
  /** Read when the first node comes; undefined before, and after a failure. */
  #visibility: ClientVisibility | undefined;
  #steps: Promise<unknown> = Promise.resolve();
  readonly #timers: NodeJS.Timeout[] = [];
  #wanted = false;
  #closed = false;

  constructor(options: NodeFeedOptions) {
    this.#options = options;
    this.#limits = options.limits ?? { lines: 1000, characters: 4 * 1024 * 1024 };
    this.#unsubscribe = options.follower.onEvent((event) => this.#onEvent(event));
    this.#untrust = options.trust?.onChange(() => this.#tellTrust()) ?? (() => {});
  }

  get heartbeatSeconds(): number {
    return this.#options.heartbeatSeconds ?? 5;
  }

  /** The streams that are open now. */
  streams(): readonly NodeStream[] {
    return [...this.#streams];
  }

  /** Begins to send heartbeats, and each minute to forget, by itself. The timers keep no process alive. */
  start(): void {
    if (this.#timers.length > 0 || this.#closed) return;
    const forget = (): void => {
      this.forgetFormerGrants().catch((error: unknown) => this.#fail(error));
    };
    this.#timers.push(
      setInterval(() => this.heartbeat(), this.heartbeatSeconds * 1000).unref(),
      setInterval(forget, 60_000).unref(),
    );
  }

  /**
   * Streams to one node until one of the reasons to end. Rejects with `NodeRefused`, before anything was written, if
   * the node may not have what it asks for.
   */
  async open(request: NodeStreamRequest): Promise<NodeStreamEnd> {
    this.#wanted = true;
    // Taken now: every event up to it has its turn before this node, so the node's first list holds them all.
    const { position } = this.#options.follower;
    const stream = await this.#inOrder(async () => {
      this.#visibility ??= await loadVisibility(this.#options);
      return this.#admit(request, this.#visibility, position);
    });
    const gone = (): void => stream.end('reader_gone');
    request.signal.addEventListener('abort', gone, { once: true });
    if (request.signal.aborted) gone();
    else stream.start();
    try {
      return await stream.ended;
    } finally {
      request.signal.removeEventListener('abort', gone);
      this.#streams.delete(stream);
    }
  }

  /** Sends each node the position, and drops those that have taken nothing for too long or whose certificate ended. */
  heartbeat(): void {
    const { follower, clock } = this.#options;
    const now = clock();
    const blockedLimitMs = (this.#options.blockedLimitSeconds ?? 30) * 1000;
    // A server that has not caught up must not vouch for it: its nodes shall see that they know nothing newer.
    const caughtUp = follower.lagMs <= this.heartbeatSeconds * 1000;
    for (const stream of this.#streams) {
      if (now > stream.node.validUntil) this.#end(stream, 'credential_ended');
      else if (stream.blockedMs() > blockedLimitMs) this.#end(stream, 'too_slow');
    }
    if (!caughtUp || this.#streams.size === 0) return;
    const { position } = follower;
    // In its turn, so that no node hears of a position before what belongs to it.
    void this.#inOrder(async () => {
      for (const stream of this.#streams) stream.heartbeat(position, now);
    });
  }

  /** Takes back from nodes what they may no longer see, because the last tokens that concerned them have expired. */
  async forgetFormerGrants(): Promise<void> {
    await this.#inOrder(async () => {
      const visibility = this.#visibility;
      if (visibility === undefined) return;
      const { follower, clock } = this.#options;
      this.#tellDifference(follower.position, visibility.knownClients(), () => {
        visibility.forget((clientId) => follower.rows.hasClient(clientId), clock());
      });
    });
  }

  /** Resolves when everything that was delivered so far has been given to the streams. */
  async settled(): Promise<void> {
    await this.#inOrder(async () => {});
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#unsubscribe();
    this.#untrust();
    this.#endAll('server_stopping');
  }

  #admit(request: NodeStreamRequest, visibility: ClientVisibility, position: number): NodeStream {
    const { client: node, write } = request;
    const { follower, clock, history } = this.#options;
    if (this.#closed) throw new NodeRefused('server_stopping', 'this server stops');
    if (follower.denylist.denies(factsOf(node)) !== undefined) {
      throw new NodeRefused('revoked', `the node's client, credential or certificate is revoked`);
    }
    const requested = request.resources?.length ? request.resources : undefined;
    const resources = this.#allowed(visibility, node, requested);
    const ofClient = [...this.#streams].filter((stream) => stream.node.clientId === node.clientId).length;
    if (
      this.#streams.size >= (this.#options.maximumStreams ?? 1000) ||
      ofClient >= (this.#options.maximumStreamsPerClient ?? 100)
    ) {
      throw new NodeRefused('too_many_streams', 'there are too many streams to nodes');
    }
    const entries = follower.rows
      .all()
      .filter(({ entry, clientId }) => maySee(visibility, resources, entry, clientId))
      .map(({ entry }) => entry);
    const limits = this.#limits;
    const trust = this.#options.trust?.bundle();
    const list = { position, highest: follower.highestSequence, entries, history };
    const stream = new NodeStream({ node, requested, resources, write, limits, clock, trust, ...list });
    this.#streams.add(stream);
    return stream;
  }

  #allowed(
    visibility: ClientVisibility,
    node: NodeIdentity,
    requested: readonly string[] | undefined,
  ): ReadonlySet<string> {
    const served = new Set(visibility.servedBy(node.clientId));
    if (served.size === 0) throw new NodeRefused('serves_no_resource', 'no resource names this client');
    const other = requested?.find((identifier) => !served.has(identifier));
    if (other !== undefined) {
      throw new NodeRefused(
        'resource_not_served',
        'the client is no resource server of a resource it asks for',
      );
    }
    return requested === undefined ? served : new Set(requested);
  }

  #onEvent(event: Event): void {
    if (event.act === 'client.updated') this.#endOf(event.clientId);
    if (!this.#wanted) return;
    this.#inOrder(async () => {
      await this.#tell(event);
      if (event.denylist?.add !== undefined) this.#finishRevoked();
    }).catch((error: unknown) => this.#fail(error));
  }

  #tellTrust(): void {
    const bundle = this.#options.trust?.bundle();
    if (bundle !== undefined) for (const stream of this.#streams) stream.trust(bundle);
  }

  /** What was told may no longer be whole: every node starts again, and what is known is read again. */
  #fail(error: unknown): void {
    this.#visibility = undefined;
    this.#endAll('server_failed');
    this.#options.onError?.(error);
  }

  async #tell(event: Event): Promise<void> {
    const visibility = this.#visibility;
    if (visibility === undefined) return;
    if (event.object.kind === 'resource') await this.#tellResource(event, visibility);
    const { clientId } = event;
    if (clientId !== undefined) await this.#tellGrants(event, clientId, visibility);
    const { denylist } = event;
    if (denylist === undefined) return;
    for (const stream of this.#streams) {
      const seen = (key: DenylistKey): boolean => maySee(visibility, stream.resources, key, clientId);
      stream.change(event.sequence, {
        add: (denylist.add ?? []).filter(seen),
        remove: (denylist.remove ?? []).filter(seen).map(keyOf),
      });
    }
  }

  /** The client's grants may have changed, or its first entry has come. */
  async #tellGrants(event: Event, clientId: string, visibility: ClientVisibility): Promise<void> {
    const { follower, clients, clock } = this.#options;
    const former = formerGrantsOf(event);
    if (former !== undefined) {
      this.#tellDifference(event.sequence, [clientId], () =>
        visibility.addFormerGrants(former.grants, former.at),
      );
    }
    if (!follower.rows.hasClient(clientId) && !visibility.knows(clientId)) return;
    if (visibility.knows(clientId) && event.act !== 'client.updated') return;
    const client = await clients.find(clientId);
    if (client === undefined) return;
    const grants: ClientGrants = { clientId, scope: client.scope, resources: client.resources };
    // Before its first entry nobody was told anything, so there is no difference to tell.
    if (visibility.knows(clientId)) {
      this.#tellDifference(event.sequence, [clientId], () => visibility.setGrants(grants, clock()));
    } else visibility.setGrants(grants, clock());
  }

  /** The resource's scopes or its resource servers may have changed. */
  async #tellResource(event: Event, visibility: ClientVisibility): Promise<void> {
    const { resources, clock } = this.#options;
    const resource = await resources.find(event.object.id);
    if (resource === undefined) return;
    this.#tellDifference(event.sequence, visibility.knownClients(), () => {
      visibility.setResource(resource, clock());
      for (const stream of this.#streams) {
        try {
          stream.resources = this.#allowed(visibility, stream.node, stream.requested);
        } catch {
          this.#end(stream, 'must_reconnect');
        }
      }
    });
  }

  /** Makes a change of who may see what, and sends each node what it gained and what it lost by it. */
  #tellDifference(position: number, clientIds: readonly string[], change: () => void): void {
    const visibility = this.#visibility;
    if (visibility === undefined) return;
    const { follower } = this.#options;
    const before = new Map(
      [...this.#streams].map((stream) => [
        stream,
        new Set(clientIds.filter((clientId) => visibility.meets(clientId, stream.resources))),
      ]),
    );
    change();
    for (const stream of this.#streams) {
      const add: DenylistEntry[] = [];
      const remove: DenylistKey[] = [];
      for (const clientId of clientIds) {
        const saw = before.get(stream)?.has(clientId) === true;
        const sees = visibility.meets(clientId, stream.resources);
        if (saw === sees) continue;
        const entries = follower.rows.ofClient(clientId);
        if (sees) add.push(...entries);
        else remove.push(...entries.map(keyOf));
      }
      stream.change(position, { add, remove });
    }
  }

  /** In the turn of the event that revoked them, so that it is the last that they hear: what else it ended, ends at them too. */
  #finishRevoked(): void {
    for (const stream of this.#streams) {
      if (this.#options.follower.denylist.denies(factsOf(stream.node)) !== undefined)
        stream.finish('revoked');
    }
  }

  #endOf(clientId: string | undefined): void {
    for (const stream of this.#streams) {
      if (stream.node.clientId === clientId) this.#end(stream, 'must_reconnect');
    }
  }

  #endAll(reason: NodeStreamEnd): void {
    for (const stream of this.#streams) this.#end(stream, reason);
  }

  #end(stream: NodeStream, reason: NodeStreamEnd): void {
    stream.end(reason);
    this.#streams.delete(stream);
  }

  #inOrder<Result>(step: () => Promise<Result>): Promise<Result> {
    const result = this.#steps.then(step);
    this.#steps = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
