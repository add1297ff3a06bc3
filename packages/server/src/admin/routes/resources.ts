import { Type } from 'typebox';
import { ClientError, type Resource, resourceInformation } from '../../clients/index.ts';
import type { JsonObject } from '../../events/index.ts';
import { page, pageOf, pageQuery, pageSchema } from '../paging.ts';
import type { AdminRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

const resourceParam = { resource: 'Identifier of the resource, percent-encoded' };

export const resourceRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/resources',
    operationId: 'listResources',
    summary: 'List resources, in the order of their identifiers',
    scope: 'mortise:read',
    query: pageQuery,
    status: 200,
    response: pageSchema(Type.Ref('Resource')),
    handle: async ({ query }, { resources }) => {
      const wanted = pageOf(query);
      const found = await resources.list(wanted);
      return page(found, wanted.limit, (resource: Resource) => resource.identifier, resourceInformation);
    },
  },
  {
    method: 'POST',
    path: '/resources',
    operationId: 'createResource',
    summary: 'Register a resource: an API that accepts tokens',
    scope: 'mortise:admin',
    body: schemas.resourceSchema,
    status: 201,
    response: Type.Ref('Resource'),
    handle: async ({ body, actor }, { resources }) =>
      resourceInformation(await resources.create({ metadata: body as JsonObject, actor })),
  },
  {
    method: 'GET',
    path: '/resources/{resource}',
    operationId: 'showResource',
    summary: 'Show a resource',
    scope: 'mortise:read',
    params: resourceParam,
    status: 200,
    response: Type.Ref('Resource'),
    handle: async ({ params }, { resources }) => {
      const resource = await resources.find(params['resource']!);
      if (resource === undefined) throw new ClientError('resource_unknown', 'there is no such resource');
      return resourceInformation(resource);
    },
  },
  {
    method: 'PATCH',
    path: '/resources/{resource}',
    operationId: 'updateResource',
    summary: 'Change members of a resource; null removes one (RFC 7396)',
    scope: 'mortise:admin',
    params: resourceParam,
    body: schemas.resourceChangesSchema,
    status: 200,
    response: Type.Ref('Resource'),
    handle: async ({ params, body, actor }, { resources }) =>
      resourceInformation(
        await resources.update({ identifier: params['resource']!, changes: body as JsonObject, actor }),
      ),
  },
];
