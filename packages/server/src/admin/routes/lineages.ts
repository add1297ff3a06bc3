import { Type } from 'typebox';
import { type Lineage, type LineageMember, lineageStages } from '../../authority/index.ts';
import { ClientError } from '../../clients/index.ts';
import { pageOf, pageQuery, pageSchema } from '../paging.ts';
import type { AdminRoute } from '../route.ts';

export const lineageRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/clients/{client_id}/lineages',
    operationId: 'showLineages',
    summary: 'Show which of its certificates a client uses, and how many live tokens hang on each',
    scope: 'mortise:read',
    params: { client_id: 'Id of the client' },
    status: 200,
    response: Type.Object({ items: Type.Array(Type.Ref('Lineage')) }),
    handle: async ({ params }, { clients, lineages }) => {
      const clientId = params['client_id']!;
      if ((await clients.read(clientId)) === undefined) {
        throw new ClientError('client_unknown', `there is no client ${clientId.slice(0, 200)}`);
      }
      return { items: (await lineages.of([clientId])).map(lineageDocument) };
    },
  },
  {
    method: 'GET',
    path: '/lineages',
    operationId: 'listLineages',
    summary: 'List which clients are on their old, which on their new certificate, in the order of their ids',
    scope: 'mortise:read',
    query: {
      ...pageQuery,
      stage: Type.Union(
        lineageStages.map((stage) => Type.Literal(stage)),
        { description: 'Only those at this stage' },
      ),
    },
    status: 200,
    response: pageSchema(Type.Ref('Lineage')),
    handle: async ({ query }, { clients, lineages }) => {
      // A page of clients: each has few lineages, and a page may well have none at a stage.
      const wanted = pageOf(query);
      const ids = (await clients.list(wanted)).map(({ clientId }) => clientId);
      const found = await lineages.of(ids);
      const items = found.filter(({ stage }) => query['stage'] === undefined || stage === query['stage']);
      const last = ids.at(-1);
      return {
        items: items.map(lineageDocument),
        ...(last !== undefined && ids.length === wanted.limit ? { next: last } : {}),
      };
    },
  },
];

function lineageDocument({ clientId, profile, names, stage, certificates }: Lineage): object {
  return { client_id: clientId, profile, names, stage, certificates: certificates.map(memberDocument) };
}

function memberDocument(member: LineageMember): object {
  const { certificate, replaces, replacedBy, lastUsedAt, lastSeenAt, liveTokens } = member;
  return {
    fingerprint256: certificate.fingerprint256,
    serial_number: certificate.serialNumber,
    not_before: seconds(certificate.notBefore),
    not_after: seconds(certificate.notAfter),
    ...(certificate.revokedAt === undefined ? {} : { revoked_at: seconds(certificate.revokedAt) }),
    ...(replaces === undefined ? {} : { replaces }),
    ...(replacedBy === undefined ? {} : { replaced_by: replacedBy }),
    ...(lastUsedAt === undefined ? {} : { last_used_at: seconds(lastUsedAt) }),
    ...(lastSeenAt === undefined ? {} : { last_seen_at: seconds(lastSeenAt) }),
    live_tokens: liveTokens,
  };
}

function seconds(at: number): number {
  return Math.floor(at / 1000);
}
