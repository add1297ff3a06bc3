import type { TestContext } from 'node:test';
import type { DenylistEntry, DenylistKey } from '@mortise/resource-server';
import { Denylist } from '@mortise/resource-server';
import type { NodeAuthentication } from '../nodes/authenticate-node.ts';
import { authenticateNode } from '../nodes/authenticate-node.ts';
import type { WriteLine } from '../nodes/line-queue.ts';
import type { NodeFeedOptions } from '../nodes/node-feed.ts';
import { NodeFeed } from '../nodes/node-feed.ts';
import type { NodeIdentity } from '../nodes/node-identity.ts';
import { NodeReports } from '../nodes/node-reports.ts';
import type { NodeStreamEnd } from '../nodes/node-stream.ts';
import type { RevocationHouse } from './open-revocation.ts';
import { openRevocation } from './open-revocation.ts';

export type Line =
  | { type: 'snapshot'; position: number; entries: DenylistEntry[]; more: boolean }
  | { type: 'change'; position: number; add: DenylistEntry[]; remove: DenylistKey[] }
  | { type: 'heartbeat'; position: number; at: number };

/** A node at the other end of a stream: keeps the lines, and the list that follows from them. */
export class Reader {
  readonly lines: Line[] = [];
  readonly denylist = new Denylist();
  readonly abort = new AbortController();
  ended: Promise<NodeStreamEnd> = Promise.resolve('reader_gone');

  readonly write = (text: string): true => {
    const line = JSON.parse(text) as Line;
    this.lines.push(line);
    if (line.type === 'snapshot') this.denylist.apply({ add: line.entries });
    if (line.type === 'change') this.denylist.apply(line);
    return true;
  };

  /** The ids on the list, sorted. */
  ids(): string[] {
    return this.denylist
      .snapshot()
      .map(({ id }) => id)
      .sort();
  }
}

export interface NodesHouse extends RevocationHouse {
  readonly feed: NodeFeed;
  readonly reports: NodeReports;
  /** The identity of a client as a node, by a certificate that it is issued now. */
  readonly identify: (clientId: string) => Promise<NodeIdentity>;
  readonly authenticate: (
    x5t: string,
    validity: { notBefore: number; notAfter: number },
  ) => Promise<NodeAuthentication>;
  /** Opens a stream and waits for its first line. */
  readonly follow: (clientId: string, resources?: string[], write?: WriteLine) => Promise<Reader>;
}

export async function openNodes(
  test: TestContext,
  options: Partial<NodeFeedOptions> = {},
): Promise<NodesHouse> {
  return withNodes(test, await openRevocation(test), options);
}

export async function withNodes(
  test: TestContext,
  house: RevocationHouse,
  options: Partial<NodeFeedOptions> = {},
): Promise<NodesHouse> {
  const { revocation, clients, resources, storage, clock, authority } = house;
  const { follower, lifetimes, denylist } = revocation;
  const feed = new NodeFeed({
    follower,
    lifetimes,
    clients,
    resources,
    store: storage.revocation,
    clock: clock.read,
    ...options,
  });
  test.after(() => feed.close());
  const reports = new NodeReports({ store: storage.nodes, follower, clock: clock.read });
  const isStale = (): boolean => revocation.isStale();
  const authenticate: NodesHouse['authenticate'] = (x5t, certificate) =>
    authenticateNode({ clients, resources, denylist, isStale, clock: clock.read }, { x5t, certificate });
  const identify = async (clientId: string): Promise<NodeIdentity> => {
    const { certificate } = await authority.issue({ profile: 'client', clientId, actor: 'cli' });
    const answer = await authenticate(certificate.thumbprint, certificate);
    if (!answer.ok) throw new Error(answer.code);
    return answer.node;
  };
  return {
    ...house,
    feed,
    reports,
    identify,
    authenticate,
    follow: async (clientId, requested, write) => {
      const reader = new Reader();
      reader.ended = feed.open({
        client: await identify(clientId),
        resources: requested,
        signal: reader.abort.signal,
        write: write ?? reader.write,
      });
      reader.ended.catch(() => {});
      await feed.settled();
      // The snapshot is written when the stream's turn has been heard of.
      await new Promise((resolve) => setImmediate(resolve));
      return reader;
    },
  };
}
