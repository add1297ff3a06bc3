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
  /** Absent if it never reported. */
  readonly lastReportAt?: number;
}

/** Every node that is connected or ever reported, in the order of their client ids' code units. */
export async function listNodes(sources: {
  readonly feed: NodeFeed;
  readonly reports: NodeReports;
  readonly store: Pick<NodeStore, 'listNodes'>;
  readonly follower: Pick<DenylistFollower, 'position'>;
}): Promise<NodeListing[]> {
  const found = new Map<string, { position: number; lastReportAt?: number }>();
  for (const { clientId, position, lastSeenAt } of await sources.store.listNodes()) {
    found.set(clientId, { position, lastReportAt: lastSeenAt });
  }
  for (const { clientId, position, lastReportAt } of sources.reports.nodes()) {
    const known = found.get(clientId);
    found.set(clientId, {
      position: Math.max(position, known?.position ?? 0),
      lastReportAt: Math.max(lastReportAt, known?.lastReportAt ?? 0),
    });
  }
  const streams = Map.groupBy(sources.feed.streams(), ({ node }) => node.clientId);
  for (const clientId of streams.keys()) if (!found.has(clientId)) found.set(clientId, { position: 0 });
  return [...found.keys()].sort().map((clientId) => {
    const { position, lastReportAt } = found.get(clientId)!;
    return {
      clientId,
      streams: (streams.get(clientId) ?? []).map((stream) => ({
        resources: [...stream.resources],
        openedAt: stream.openedAt,
        position: stream.sentPosition,
      })),
      position,
      lag: Math.max(0, sources.follower.position - position),
      ...(lastReportAt === undefined ? {} : { lastReportAt }),
    };
  });
}
