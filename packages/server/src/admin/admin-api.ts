import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ResourceServer } from '@mortise/resource-server';
import { fastifyResourceServer, requires } from '@mortise/resource-server/fastify';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Problem, problemContentType } from '../http/index.ts';
import type { AdminContext } from './context.ts';
import { openApiDocument } from './openapi.ts';
import { problemOf } from './problems.ts';
import type { AdminRoute } from './route.ts';
import { adminRoutes } from './routes.ts';

export interface AdminApiOptions {
  readonly context: AdminContext;
  /** Guards it: bound tokens, scopes, revocation. */
  readonly resourceServer: ResourceServer;
  /** Path of the mtls URL, before `/admin/v1`; `''` for none. */
  readonly basePath: string;
  readonly bodyLimitBytes: number;
  readonly log: { error(fields: object, message: string): void };
}

export interface AdminApi {
  /** Answers one request; its path is below `<basePath>/admin/v1`. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** `METHOD /path` of every route registered, as Fastify has them. */
  readonly routes: readonly string[];
}

/** The admin API as routes of Fastify on a listener that is not Fastify's own. */
export async function createAdminApi(options: AdminApiOptions): Promise<AdminApi> {
  const { context, resourceServer, log } = options;
  const app = Fastify({
    logger: false,
    bodyLimit: options.bodyLimitBytes,
    forceCloseConnections: false,
    // Parameters hold whole URIs, percent-encoded.
    routerOptions: { maxParamLength: 4096 },
    // What the router itself refuses: a path that is not well percent-encoded.
    frameworkErrors: (_error, _request, reply) => {
      sendProblem(reply as FastifyReply, {
        status: 400,
        code: 'target_invalid',
        title: 'The path is not well percent-encoded.',
      });
    },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, strict: false } },
  });
  const routes: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) routes.push(`${name} ${url}`);
  });
  await app.register(fastifyResourceServer, { resourceServer });
  app.setNotFoundHandler((_request, reply) => {
    sendProblem(reply, { status: 404, code: 'not_found', title: 'There is nothing at this path.' });
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem === undefined || problem.status >= 500) {
      log.error({ err: error, route: request.routeOptions.url }, 'a request of the admin API failed');
    }
    sendProblem(
      reply,
      problem ?? { status: 500, code: 'internal_error', title: 'The server failed; its log says why.' },
    );
  });
  const prefix = `${options.basePath}/admin/v1`;
  const document = JSON.stringify(openApiDocument(context));
  app.get(`${prefix}/openapi.json`, (_request, reply) =>
    reply.type('application/json').header('cache-control', 'no-cache').send(document),
  );
  for (const route of adminRoutes) {
    app.route({
      method: route.method,
      url: prefix + route.path.replace(/\{(\w+)\}/g, ':$1'),
      schema: {
        ...(route.body === undefined ? {} : { body: route.body }),
        ...(route.query === undefined ? {} : { querystring: querySchema(route) }),
      },
      onRequest: requires(resourceServer, { scope: route.scope }),
      handler: (request, reply) => answer(route, request, reply, context),
    });
  }
  await app.ready();
  return { handle: (request, response) => app.routing(request, response), routes };
}

async function answer(
  route: AdminRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  context: AdminContext,
): Promise<FastifyReply> {
  const result: unknown = await route.handle(
    {
      params: request.params as Record<string, string>,
      query: request.query as Record<string, string | undefined>,
      body: (request.body ?? {}) as Record<string, unknown>,
      actor: `client:${request.auth.clientId}`,
      clientId: request.auth.clientId,
    },
    context,
  );
  reply.code(route.status).header('cache-control', 'no-store');
  return route.status === 204 ? reply.send() : reply.type('application/json').send(JSON.stringify(result));
}

/** Repeated and unknown members of a query are refused. */
function querySchema(route: AdminRoute): object {
  return { type: 'object', properties: route.query, additionalProperties: false };
}

function sendProblem(reply: FastifyReply, problem: Problem): void {
  void reply
    .code(problem.status)
    .type(problemContentType)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem));
}
