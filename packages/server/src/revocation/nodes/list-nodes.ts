import { isClientId } from '../../clients/index.ts';
import type { DenylistFollower } from '../denylist-follower.ts';
import type { NodeStore } from '../store.ts';
import type { NodeFeed } from './node-feed.ts';
import type { NodeReports } from './node-reports.ts';

/** One client that follows the denylist, over all its streams and reports. Times are epoch milliseconds. */
export interface NodeListing {
  readonly clientId: string;
  /** Its streams to this process. */
  readonly streams: readonly {
    readonly resources: readonly string[];
    readonly openedAt: number;
    /** The highest position sent. */
    readonly position: number;
  }[];
  /** The highest position that it reported as enforced, to any process; 0 if none. */
  readonly position: number;
  /** How many positions of the feed it has not reported yet. */
  readonly lag: number;
  /** Of its last report, or the opening of its last stream to this process. */
  readonly lastSeenAt: number;
}

export interface NodeListSources {
  readonly feed: NodeFeed;
  readonly reports: NodeReports;
  readonly store: Pick<NodeStore, 'listNodes' | 'removeNode'>;
  readonly follower: Pick<DenylistFollower, 'position'>;
}

/** Every node that is connected or ever reported, in the order of their client ids' code units. */
export async function listNodes(sources: NodeListSources): Promise<NodeListing[]> {
  const found = new Map<string, { position: number; lastSeenAt: number }>();
  const add = (clientId: string, position: number, lastSeenAt: number): void => {
    const known = found.get(clientId);
    found.set(clientId, {
      position: Math.max(position, known?.position ?? 0),
      lastSeenAt: Math.max(lastSeenAt, known?.lastSeenAt ?? 0),
    });
  };
  for (const node of await sources.store.listNodes()) add(node.clientId, node.position, node.lastSeenAt);
  for (const node of sources.reports.nodes()) add(node.clientId, node.position, node.lastReportAt);
  for (const { node, openedAt } of sources.feed.streams()) add(node.clientId, 0, openedAt);
  const streams = Map.groupBy(sources.feed.streams(), ({ node }) => node.clientId);
  return [...found.keys()].sort().map((clientId) => {
    const { position, lastSeenAt } = found.get(clientId)!;
    return {
      clientId,
      streams: (streams.get(clientId) ?? []).map((stream) => ({
        resources: [...stream.resources],
        openedAt: stream.openedAt,
        position: stream.sentPosition,
      })),
      position,
      lag: Math.max(0, sources.follower.position - position),
      lastSeenAt,
    };
  });
}

/** Forgets a node and what it reported; whether there was anything. One that is connected is listed again. */
export async function removeNode(sources: NodeListSources, clientId: string): Promise<boolean> {
  if (!isClientId(clientId)) return false;
  const reported = sources.reports.forget(clientId);
  return (await sources.store.removeNode(clientId)) || reported;
}
