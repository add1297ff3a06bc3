import type { ServerResponse } from 'node:http';
import type { Rollovers } from '../authority/index.ts';
import type { PresentedCertificate } from '../authorization/index.ts';
import {
  lineWriter,
  type NodeAuthentication,
  type NodeFeed,
  type NodeIdentity,
  NodeRefused,
  type NodeReports,
} from '../revocation/index.ts';
import { answer } from './answer.ts';
import type { Exchange, Handler } from './exchange.ts';
import { answerProblem, type Problem } from './problem.ts';
import { readJson } from './request-json.ts';
import { takeReport } from './trust-endpoints.ts';

export interface NodeEndpointsOptions {
  readonly authenticate: (certificate: PresentedCertificate | undefined) => Promise<NodeAuthentication>;
  readonly feed: Pick<NodeFeed, 'open'>;
  readonly reports: Pick<NodeReports, 'accept'>;
  /** Takes what nodes trust. */
  readonly rollovers: Pick<Rollovers, 'report'>;
  /** Told whose certificate it is, once that is proven. */
  readonly attribute: (x5t: string, clientId: string) => void;
  readonly log: { info(fields: object, message: string): void };
}

const reportLimitBytes = 4 * 1024 * 1024;
const refusedStatus: Readonly<Record<NodeRefused['code'], number>> = {
  serves_no_resource: 403,
  resource_not_served: 403,
  revoked: 403,
  too_many_streams: 429,
  server_stopping: 503,
};

/** `GET /nodes/v1/feed`: the denylist as NDJSON, for as long as the node listens. */
export function nodeFeedEndpoint(options: NodeEndpointsOptions): Handler {
  return async (exchange) => {
    const node = await admit(options, exchange);
    if (node === undefined) return;
    const { request, response } = exchange;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    response.statusCode = 200;
    response.setHeader('Content-Type', 'application/x-ndjson');
    response.setHeader('Cache-Control', 'no-store');
    if (request.method === 'HEAD') {
      // An answer without a body has to end (RFC 9110 §9.3.2); the stream would not.
      response.end();
      return;
    }
    try {
      const resources = new URLSearchParams(exchange.query).getAll('resource');
      const end = await options.feed.open({
        client: node,
        resources,
        signal: gone.signal,
        write: lineWriter(response),
      });
      if (end === 'revoked') endConnection(response);
      else response.end();
    } catch (error) {
      if (!(error instanceof NodeRefused)) throw error;
      options.log.info({ clientId: node.clientId, code: error.code }, 'a node was refused its stream');
      const problem = { status: refusedStatus[error.code], code: error.code, title: error.message };
      answerProblem(response, problem, problem.status >= 429 ? { 'Retry-After': '5' } : {});
    }
  };
}

/** `POST /nodes/v1/reports`: what a node enforces, and which certificates it met. */
export function nodeReportsEndpoint(options: NodeEndpointsOptions): Handler {
  return async (exchange) => {
    const node = await admit(options, exchange);
    if (node === undefined) return;
    const body = await readJson(exchange, reportLimitBytes);
    if (body === undefined) return;
    const outcome = options.reports.accept(node, body.json);
    if (outcome.accepted) {
      const { trust } = body.json as { readonly trust?: unknown };
      if (trust !== undefined) {
        const problem = await takeReport(options.rollovers, node.clientId, trust, '/trust', 'node');
        if (problem !== undefined) {
          answerProblem(exchange.response, problem);
          return;
        }
      }
      answer(exchange.response, 204, { 'Cache-Control': 'no-store' });
      return;
    }
    const title = 'The report is wrong.';
    answerProblem(exchange.response, { status: 400, code: outcome.code, title, member: outcome.member });
  };
}

/** How long a node may take to read the last lines. */
const lastLinesMs = 5_000;

/** Sends what was written, which tells the node what was revoked, and then closes the connection. */
function endConnection(response: ServerResponse): void {
  const { socket } = response;
  const deadline = setTimeout(() => socket?.destroy(), lastLinesMs).unref();
  socket?.once('close', () => clearTimeout(deadline));
  response.end(() => socket?.destroySoon());
}

async function admit(options: NodeEndpointsOptions, exchange: Exchange): Promise<NodeIdentity | undefined> {
  const authentication = await options.authenticate(exchange.certificate);
  if (authentication.ok) {
    options.attribute(authentication.node.x5t, authentication.node.clientId);
    return authentication.node;
  }
  const { code } = authentication;
  options.log.info({ code, certificate: exchange.certificate?.x5t }, 'a node was refused');
  const problem: Problem =
    code === 'stale'
      ? { status: 503, code, title: 'This server does not know what was revoked lately.' }
      : { status: 403, code, title: 'The certificate of this connection is not that of a node.' };
  answerProblem(exchange.response, problem, code === 'stale' ? { 'Retry-After': '1' } : {});
  return undefined;
}
