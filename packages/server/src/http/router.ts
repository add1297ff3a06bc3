import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { PresentedCertificate } from '../authorization/index.ts';
import { type Exchange, type Handler, type ListenerName, splitTarget } from './exchange.ts';
import { answerProblem, internalError, methodNotAllowed, notFound, targetInvalid } from './problem.ts';
import type { RequestCounts, RouteCounts } from './request-counts.ts';
import { framingProblem } from './request-framing.ts';

/** One line of the route table. */
export interface Route {
  readonly listeners: readonly ListenerName[];
  /** `any`: the handler itself answers to wrong methods, in its own protocol's words. GET answers HEAD too. */
  readonly method: 'GET' | 'POST' | 'any';
  /** Exact, or a prefix when it ends in `/*`. */
  readonly path: string;
  readonly handle: Handler;
}

export interface RouterOptions {
  readonly listener: ListenerName;
  readonly routes: readonly Route[];
  readonly certificateOf: (socket: TLSSocket) => PresentedCertificate | undefined;
  readonly counts: RequestCounts;
  /** Set on every answer to GET, e.g. Strict-Transport-Security. */
  readonly headers: Readonly<Record<string, string>>;
  readonly log: { error(fields: object, message: string): void };
}

interface Place {
  readonly methods: Map<string, Handler>;
  readonly counts: RouteCounts;
}

/** The request listener of one listener: finds the route by its exact path and lets nothing escape as an exception. */
export function createRouter(options: RouterOptions): RequestListener {
  const countsOf = (path: string): RouteCounts => options.counts.ofRoute(options.listener, path);
  const nowhere = countsOf('none');
  const exact = new Map<string, Place>();
  const prefixes: { prefix: string; place: Place }[] = [];
  for (const route of options.routes) {
    if (!route.listeners.includes(options.listener)) continue;
    if (route.path.endsWith('/*')) {
      const place = {
        methods: new Map([[route.method, route.handle]]),
        counts: countsOf(route.path),
      };
      prefixes.push({ prefix: route.path.slice(0, -1), place });
      continue;
    }
    const place = exact.get(route.path) ?? {
      methods: new Map<string, Handler>(),
      counts: countsOf(route.path),
    };
    place.methods.set(route.method, route.handle);
    exact.set(route.path, place);
  }
  const headers = Object.entries(options.headers);

  return (request, response) => {
    const framing = framingProblem(request);
    if (framing !== undefined) {
      answerProblem(response, framing, { Connection: 'close' });
      return;
    }
    const target = splitTarget(request.url ?? '');
    // What they are about (HSTS) concerns browsers, which begin with GET; a token request need not pay for it.
    if (request.method === 'GET') for (const [name, value] of headers) response.setHeader(name, value);
    if (target === undefined) {
      answerProblem(response, targetInvalid, { Connection: 'close' });
      return;
    }
    const { path, query } = target;
    const place = exact.get(path) ?? prefixes.find(({ prefix }) => path.startsWith(prefix))?.place;
    (place?.counts ?? nowhere).begin(response);
    if (place === undefined) {
      answerProblem(response, notFound);
      return;
    }
    const handle = place.methods.get('any') ?? place.methods.get(methodOf(request));
    if (handle === undefined) {
      answerProblem(response, methodNotAllowed, { Allow: [...place.methods.keys()].join(', ') });
      return;
    }
    const certificate = options.certificateOf(request.socket as TLSSocket);
    run(handle, new RoutedExchange(request, response, options, path, query, certificate));
  };
}

function methodOf(request: IncomingMessage): string {
  return request.method === 'HEAD' ? 'GET' : (request.method ?? '');
}

function run(handle: Handler, exchange: Exchange): void {
  try {
    const pending = handle(exchange);
    if (pending !== undefined) pending.catch((error: unknown) => exchange.failed(error));
  } catch (error) {
    exchange.failed(error);
  }
}

class RoutedExchange implements Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: string;
  readonly certificate: PresentedCertificate | undefined;
  readonly #options: RouterOptions;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    options: RouterOptions,
    path: string,
    query: string,
    certificate: PresentedCertificate | undefined,
  ) {
    this.request = request;
    this.response = response;
    this.path = path;
    this.query = query;
    this.certificate = certificate;
    this.#options = options;
  }

  get listener(): ListenerName {
    return this.#options.listener;
  }

  failed(error: unknown): void {
    const { response, path, listener } = this;
    this.#options.log.error({ err: error, path, listener }, 'a request failed');
    if (response.headersSent) response.destroy();
    else answerProblem(response, internalError, { Connection: 'close' });
  }
}
