import type { Access, Refused, Requirements } from '../access.ts';
import { type NodeRequest, type NodeResponse, requestFacts } from '../connection/request-facts.ts';
import type { ResourceServer } from '../resource-server.ts';

export type { NodeRequest, NodeResponse } from '../connection/request-facts.ts';
export { requestFacts } from '../connection/request-facts.ts';

/**
 * Decides about a request of `node:http`, `node:https` or `node:http2`. Where it is refused, the answer has been sent and undefined comes
 * back.
 */
export async function authorize(
  resourceServer: ResourceServer,
  request: NodeRequest,
  response: NodeResponse,
  requirements: Requirements = {},
): Promise<Access | undefined> {
  const decision = await resourceServer.verify(requestFacts(request), requirements);
  if (decision.allowed) return decision.access;
  sendRefusal(response, decision);
  return undefined;
}

/**
 * A request listener that calls `handler` only for requests that may pass. What `handler` throws or rejects with is an unhandled
 * rejection, as in any other asynchronous listener: Node ends the process, unless the program has said otherwise.
 */
export function protect<Request extends NodeRequest, Response extends NodeResponse>(
  resourceServer: ResourceServer,
  requirements: Requirements,
  handler: (request: Request, response: Response, access: Access) => unknown,
): (request: Request, response: Response) => void {
  const decide = async (request: Request, response: Response): Promise<void> => {
    const access = await authorize(resourceServer, request, response, requirements);
    if (access !== undefined) await handler(request, response, access);
  };
  return (request, response) => {
    void decide(request, response);
  };
}

/** Answers a request for the resource's metadata (RFC 9728 §3); false, and nothing done, where it is another request. */
export function serveMetadata(
  resourceServer: ResourceServer,
  request: NodeRequest,
  response: NodeResponse,
): boolean {
  const { metadata } = resourceServer;
  if (metadata === undefined || request.url !== metadata.path) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  send(response, 200, { 'content-type': 'application/json' }, JSON.stringify(metadata.document));
  return true;
}

/** Sends what `ResourceServer.verify` decided. */
export function sendRefusal(response: NodeResponse, refused: Refused): void {
  const contentType = refused.body === '' ? {} : { 'content-type': 'application/json' };
  send(response, refused.status, { ...contentType, ...refused.headers }, refused.body);
}

function send(response: NodeResponse, status: number, headers: Record<string, string>, body: string): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}
