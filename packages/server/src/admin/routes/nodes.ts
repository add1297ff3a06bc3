import { Type } from 'typebox';
import type { NodeListing } from '../../revocation/index.ts';
import { AdminError } from '../problems.ts';
import type { AdminRoute } from '../route.ts';

export const nodeRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/nodes',
    operationId: 'listNodes',
    summary: 'List the processes that follow the denylist, and how far each enforces it',
    scope: 'mortise:read',
    status: 200,
    response: Type.Object({ position: Type.Integer(), items: Type.Array(Type.Ref('Node')) }),
    handle: async (_request, { nodes, feed }) => ({
      position: feed.position,
      items: (await nodes.list()).map(nodeDocument),
    }),
  },
  {
    method: 'DELETE',
    path: '/nodes/{client_id}',
    operationId: 'removeNode',
    summary: 'Forget a node that is gone',
    scope: 'mortise:admin',
    params: { client_id: 'Client that the node is' },
    status: 204,
    handle: async ({ params }, { nodes }) => {
      if (!(await nodes.remove(params['client_id']!))) {
        throw new AdminError(404, 'node_unknown', 'no such node ever followed the denylist');
      }
    },
  },
];

function nodeDocument(node: NodeListing): object {
  return {
    client_id: node.clientId,
    connected: node.streams.length > 0,
    position: node.position,
    lag: node.lag,
    last_seen_at: Math.floor(node.lastSeenAt / 1000),
    streams: node.streams.map((stream) => ({
      resources: stream.resources,
      opened_at: Math.floor(stream.openedAt / 1000),
      position: stream.position,
    })),
  };
}
