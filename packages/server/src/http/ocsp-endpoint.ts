import { answer, answerOctets } from './answer.ts';
import { isNotModified } from './conditional-request.ts';
import type { Exchange, Handler } from './exchange.ts';
import { answerProblem, methodNotAllowed } from './problem.ts';
import { readBody } from './request-body.ts';

/** DER, and if others may be given it too, the times that say for how long (epoch milliseconds). */
export interface ServedOcspAnswer {
  readonly body: Buffer;
  readonly shared?: {
    /** The DER as text of one character an octet. */
    readonly octets: string;
    readonly etag: string;
    readonly thisUpdate: number;
    readonly nextUpdate: number;
  };
}

/** Larger than any request that is answered. */
const requestLimitBytes = 16 * 1024;
/** How long an HTTP cache may give out an answer without asking again. */
export const ocspMaxAgeSeconds = 300;

const notBase64 = Buffer.alloc(0);

/** `POST /ocsp` and `GET /ocsp/<request in base64>` (RFC 6960 appendix A, RFC 5019 §5). Errors too are answers with status 200. */
export function ocspEndpoint(options: {
  /** The path of the endpoint, without a slash at the end. */
  readonly path: string;
  readonly answer: (request: Buffer) => ServedOcspAnswer | Promise<ServedOcspAnswer>;
  readonly clock: () => number;
}): Handler {
  const respond = (exchange: Exchange, request: Buffer): void => {
    const answering = options.answer(request);
    if (!(answering instanceof Promise)) {
      send(exchange, answering, options.clock());
      return;
    }
    answering
      .then((served) => send(exchange, served, options.clock()))
      .catch((error: unknown) => exchange.failed(error));
  };
  return (exchange) => {
    const { request, response, path } = exchange;
    if (request.method === 'POST' && path === options.path) {
      readBody(request, requestLimitBytes, (failure, body) => {
        if (failure === undefined) respond(exchange, body);
        else if (failure === 'too_large') refuseLargeBody(exchange);
      });
    } else if (request.method === 'GET' || request.method === 'HEAD') {
      respond(exchange, fromPath(path.slice(options.path.length + 1)));
    } else {
      answerProblem(response, methodNotAllowed, { Allow: path === options.path ? 'GET, POST' : 'GET' });
    }
  };
}

/** Relying parties ask the same again and again. */
const readPaths = new Map<string, Buffer>();
const rememberedPaths = 2_000;
const rememberedPathCharacters = 512;

/** The base64 of a request as it stands in a path, percent-encoded or not; anything else is no request. */
function fromPath(text: string): Buffer {
  const known = readPaths.get(text);
  if (known !== undefined) return known;
  const request = decodePath(text);
  if (text.length <= rememberedPathCharacters) {
    if (readPaths.size >= rememberedPaths) readPaths.clear();
    readPaths.set(text, request);
  }
  return request;
}

function decodePath(text: string): Buffer {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    return notBase64;
  }
  return /^[A-Za-z0-9+/]+={0,2}$/.test(decoded) ? Buffer.from(decoded, 'base64') : notBase64;
}

function send({ request, response }: Exchange, served: ServedOcspAnswer, now: number): void {
  const { shared } = served;
  if (shared === undefined) {
    const headers = { 'Content-Type': 'application/ocsp-response', 'Cache-Control': 'no-store' };
    answer(response, 200, headers, served.body);
    return;
  }
  const { etag, thisUpdate, nextUpdate } = shared;
  const maxAge = Math.max(0, Math.min(ocspMaxAgeSeconds, Math.floor((nextUpdate - now) / 1000)));
  // RFC 5019 §6.2. There is no If-Modified-Since: a later answer may be of the same second.
  const headers = {
    'Cache-Control': `public, max-age=${maxAge}, no-transform, must-revalidate`,
    Expires: httpDate(nextUpdate),
    'Last-Modified': httpDate(thisUpdate),
    ETag: etag,
  };
  if (request.method !== 'POST' && isNotModified(request.headers, { etag })) {
    response.writeHead(304, headers).end();
  } else answerOctets(response, { 'Content-Type': 'application/ocsp-response', ...headers }, shared.octets);
}

let lastDates: readonly [number, string][] = [];

/** Answers share few times, and writing one takes longer than all the rest. */
function httpDate(time: number): string {
  const known = lastDates.find(([at]) => at === time);
  if (known !== undefined) return known[1];
  const text = new Date(time).toUTCString();
  lastDates = [[time, text], ...lastDates.slice(0, 15)];
  return text;
}

function refuseLargeBody({ response }: Exchange): void {
  const problem = { status: 413, code: 'request_too_large', title: 'An OCSP request is smaller than that.' };
  answerProblem(response, problem, { Connection: 'close' });
}
