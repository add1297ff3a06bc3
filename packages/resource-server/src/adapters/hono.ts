import type { Context, MiddlewareHandler } from 'hono';
import type { Access, Requirements } from '../access.ts';
import { type NodeRequest, requestFacts } from '../connection/request-facts.ts';
import { ResourceServerError } from '../errors.ts';
import type { ResourceServer } from '../resource-server.ts';

/** For `new Hono<MortiseEnv>()`: types `c.get('auth')`. */
export interface MortiseEnv {
  Variables: {
    /** What the request may do; present behind `requires`. */
    auth: Access;
  };
}

/**
 * Middleware that lets a request pass only with a token that meets `requirements`, and sets its `Access` as `c.get('auth')`. Needs
 * `@hono/node-server`: a binding can only be checked where the TLS connection is at hand. Elsewhere every request fails with
 * `configuration_invalid`.
 */
export function requires(
  resourceServer: ResourceServer,
  requirements: Requirements = {},
): MiddlewareHandler<MortiseEnv> {
  return async (context, next) => {
    const decision = await resourceServer.verify(requestFacts(nodeRequest(context)), requirements);
    if (decision.allowed) {
      context.set('auth', decision.access);
      return next();
    }
    const contentType = decision.body === '' ? {} : { 'content-type': 'application/json' };
    return context.body(decision.body, decision.status, { ...contentType, ...decision.headers });
  };
}

/** Middleware that serves the resource's metadata (RFC 9728 §3): `app.use(metadata(resourceServer))`. */
export function metadata(resourceServer: ResourceServer): MiddlewareHandler {
  return async (context, next) => {
    const described = resourceServer.metadata;
    const { method } = context.req;
    if (described === undefined || (method !== 'GET' && method !== 'HEAD')) return next();
    const { pathname, search } = new URL(context.req.url);
    return `${pathname}${search}` === described.path ? context.json(described.document) : next();
  };
}

function nodeRequest(context: Context): NodeRequest {
  const { incoming } = (context.env ?? {}) as { incoming?: NodeRequest };
  if (incoming === undefined) {
    throw new ResourceServerError(
      'configuration_invalid',
      'this adapter needs @hono/node-server: the request has no Node socket',
    );
  }
  return incoming;
}
