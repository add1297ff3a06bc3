import type { AdminContext } from './context.ts';
import type { AdminRoute } from './route.ts';
import { adminRoutes } from './routes.ts';
import { namedSchemas } from './schemas.ts';

const refusals: Readonly<Record<string, string>> = {
  '400': 'The request is wrong',
  '401': 'No token, or one that does not count; `WWW-Authenticate` says what is asked for (RFC 6750)',
  '403': 'The token lacks the scope',
  '404': 'There is no such thing',
  '409': 'The state of things does not allow it',
  '429': 'Too many requests of this kind',
  '503': 'The server cannot decide now; try again',
};

/** The OpenAPI 3.1 document of the admin API, made from the routes that are registered. */
export function openApiDocument({
  issuer,
  mtlsUrl,
  version,
}: Pick<AdminContext, 'issuer' | 'mtlsUrl' | 'version'>) {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of adminRoutes) {
    paths[route.path] ??= {};
    paths[route.path]![route.method.toLowerCase()] = operation(route);
  }
  paths['/openapi.json'] = {
    get: {
      operationId: 'showOpenApi',
      summary: 'This document',
      security: [],
      responses: {
        '200': {
          description: 'OpenAPI 3.1',
          content: { 'application/json': { schema: { type: 'object' } } },
        },
      },
    },
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Mortise administration',
      version,
      description:
        'Over mutual TLS, with access tokens bound to the certificate of the connection (RFC 8705). Times are epoch seconds.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: `${mtlsUrl}/admin/v1` }],
    paths,
    components: {
      schemas: Object.fromEntries(namedSchemas.map((schema) => [idOf(schema), withoutId(schema)])),
      responses: {
        Problem: {
          description: 'RFC 9457',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      securitySchemes: {
        mutualTLS: { type: 'mutualTLS' },
        oauth2: {
          type: 'oauth2',
          flows: {
            clientCredentials: {
              tokenUrl: `${mtlsUrl}/oauth2/token`,
              scopes: {
                'mortise:read': `Read everything at ${issuer} but secrets`,
                'mortise:admin': 'Change everything',
                'mortise:enrol': 'Exchange the token for a key by which its own client enrols with ACME',
              },
            },
          },
        },
      },
    },
  };
}

function operation(route: AdminRoute): object {
  const parameters = [
    ...Object.entries(route.params ?? {}).map(([name, description]) => ({
      name,
      in: 'path',
      required: true,
      description,
      schema: { type: 'string' },
    })),
    ...Object.entries(route.query ?? {}).map(([name, schema]) => {
      const { description, ...rest } = schema as { description?: string };
      return { name, in: 'query', description: description ?? name, schema: rest };
    }),
  ];
  return {
    operationId: route.operationId,
    summary: route.summary,
    security: [{ mutualTLS: [], oauth2: [route.scope] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: reference(route.body) } } },
        }),
    responses: {
      [route.status]:
        route.response === undefined
          ? { description: 'Done' }
          : { description: 'Done', content: { 'application/json': { schema: reference(route.response) } } },
      ...Object.fromEntries(
        Object.entries(refusals).map(([status, description]) => [
          status,
          status === '401' || status === '403' ? { description } : { $ref: '#/components/responses/Problem' },
        ]),
      ),
    },
  };
}

function idOf(schema: object): string {
  return (schema as { $id: string }).$id;
}

function withoutId(schema: object): object {
  const { $id: _, ...rest } = schema as { $id?: string };
  return pointing(rest) as object;
}

/** Named schemas are referred to, others stand where they are used. */
function reference(schema: object): unknown {
  const id = (schema as { $id?: string }).$id;
  return id === undefined ? pointing(schema) : { $ref: `#/components/schemas/${id}` };
}

/** `$ref: Client` → `$ref: #/components/schemas/Client`. */
function pointing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointing);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === '$ref' && typeof member === 'string' ? `#/components/schemas/${member}` : pointing(member),
    ]),
  );
}
