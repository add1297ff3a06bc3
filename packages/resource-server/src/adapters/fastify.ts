import { Server as TlsServer } from 'node:tls';
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import type { Access, Requirements } from '../access.ts';
import { requestFacts } from '../connection/request-facts.ts';
import type { ResourceServer } from '../resource-server.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request may do; present behind `requires`. */
    auth: Access;
  }
}

export interface FastifyResourceServerOptions {
  readonly resourceServer: ResourceServer;
}

/**
 * Serves the resource's metadata (RFC 9728 §3), prepares `request.auth`, and ends connections of revoked certificates. Register it on the
 * instance that listens; what it prepares holds there, not only inside the plugin.
 */
export const fastifyResourceServer: FastifyPluginCallback<FastifyResourceServerOptions> = (
  instance,
  { resourceServer },
  done,
) => {
  if (!instance.hasRequestDecorator('auth')) instance.decorateRequest('auth');
  const { metadata } = resourceServer;
  if (metadata !== undefined) {
    const { pathname } = new URL(metadata.url);
    instance.get(pathname, (_request, reply) =>
      reply.type('application/json').send(JSON.stringify(metadata.document)),
    );
  }
  const server: unknown = instance.server;
  if (server instanceof TlsServer) {
    const stop = resourceServer.watch(server);
    instance.addHook('onClose', (_instance, closed) => {
      stop();
      closed();
    });
  }
  done();
};
Object.assign(fastifyResourceServer, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'mortise-resource-server',
});

/**
 * An `onRequest` hook that lets a request pass only with a token that meets `requirements`, before its body is read, and puts its `Access`
 * in `request.auth`.
 */
export function requires(
  resourceServer: ResourceServer,
  requirements: Requirements = {},
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  return async (request, reply) => {
    const decision = await resourceServer.verify(requestFacts(request.raw), requirements);
    if (decision.allowed) {
      request.auth = decision.access;
      return undefined;
    }
    reply.code(decision.status).headers(decision.headers);
    if (decision.body !== '') reply.type('application/json');
    return reply.send(decision.body);
  };
}
