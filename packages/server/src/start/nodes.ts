import type { NodeEndpointsOptions, TrustEndpointsOptions } from '../http/index.ts';
import {
  authenticateHolder,
  authenticateNode,
  listNodes,
  NodeFeed,
  type NodeListing,
  NodeReports,
  removeNode,
} from '../revocation/index.ts';
import type { Ground } from './ground.ts';
import type { Identities } from './identities.ts';
import type { Trust } from './trust.ts';

/** Whoever follows the denylist and the roots over `mtls`. */
export interface Nodes {
  readonly feed: NodeFeed;
  readonly reports: NodeReports;
  /** For the feed of nodes and their reports. */
  readonly endpoints: NodeEndpointsOptions;
  /** For the roots to trust, and who trusts them. */
  readonly trustEndpoints: TrustEndpointsOptions;
  list(): Promise<NodeListing[]>;
  /** Whether it was there. */
  remove(clientId: string): Promise<boolean>;
  /** Ends the streams to nodes, which would never end by themselves. */
  stop(): void;
  /** Stops, and writes the reports that are not written yet. */
  close(): Promise<void>;
}

export function openNodes(
  { config, storage, connections, log, clock, onError }: Ground,
  { clients, resources }: Identities,
  { revocation, rollovers }: Trust,
): Nodes {
  const { follower } = revocation;
  const feed = new NodeFeed({
    trust: rollovers,
    follower,
    store: storage.revocation,
    clients,
    resources: storage.resources,
    lifetimes: revocation.lifetimes,
    history: storage.history,
    clock,
    heartbeatSeconds: config.nodeHeartbeatSeconds,
    onError,
  });
  feed.start();
  const reports = new NodeReports({ store: storage.nodes, follower, clock });
  const sources = { feed, reports, store: storage.nodes, follower };
  const authentication = {
    clients,
    resources,
    denylist: revocation.denylist,
    isStale: () => revocation.isStale(),
    clock,
  };
  return {
    feed,
    reports,
    endpoints: {
      authenticate: (certificate) => authenticateNode(authentication, certificate),
      rollovers,
      feed,
      reports,
      attribute: (x5t, clientId) => connections.attribute(x5t, clientId),
      log,
    },
    trustEndpoints: {
      rollovers,
      authenticate: (certificate) => authenticateHolder(authentication, certificate),
      log,
    },
    list: () => listNodes(sources),
    remove: async (clientId) => {
      await storage.rollovers.forgetNodeReports(clientId);
      return removeNode(sources, clientId);
    },
    stop: () => feed.close(),
    close: async () => {
      feed.close();
      await reports.flush().catch(onError);
    },
  };
}
