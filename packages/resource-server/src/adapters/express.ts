import type { RequestHandler } from 'express';
import type { Access, Requirements } from '../access.ts';
import { requestFacts } from '../connection/request-facts.ts';
import type { ResourceServer } from '../resource-server.ts';
import { sendRefusal, serveMetadata } from './node-http.ts';

declare global {
  namespace Express {
    interface Request {
      /** What the request may do; present behind `requires`. */
      auth: Access;
    }
  }
}

/** Express 5 middleware that lets a request pass only with a token that meets `requirements`, and puts its `Access` in `request.auth`. */
export function requires(resourceServer: ResourceServer, requirements: Requirements = {}): RequestHandler {
  return async (request, response, next) => {
    const decision = await resourceServer.verify(requestFacts(request), requirements);
    if (!decision.allowed) {
      sendRefusal(response, decision);
      return;
    }
    request.auth = decision.access;
    next();
  };
}

/** Middleware that serves the resource's metadata (RFC 9728 §3). Mount it on the application itself, not below a path. */
export function metadata(resourceServer: ResourceServer): RequestHandler {
  return (request, response, next) => {
    if (!serveMetadata(resourceServer, request, response)) next();
  };
}
