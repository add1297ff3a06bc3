import { answer } from './answer.ts';
import { isNotModified } from './conditional-request.ts';
import type { Exchange, Handler } from './exchange.ts';
import { answerProblem, notFound } from './problem.ts';

/** A CRL and the delta of the same number. Times are epoch milliseconds. */
export interface ServedCrl {
  readonly number: number;
  readonly thisUpdate: number;
  readonly complete: Buffer;
  /** Empty where there is none. */
  readonly delta: Buffer;
}

/** How long an HTTP cache may give out a CRL without asking again. */
export const crlMaxAgeSeconds = 300;
export const deltaCrlMaxAgeSeconds = 60;

const unavailable = { status: 503, code: 'crl_unavailable', title: 'There is no current CRL now.' };
const place = /^([A-Za-z0-9_-]{1,64})\/(0|[1-9]\d{0,8})(\.crl|\/delta\.crl)$/;

/** `/crl/<authority>/<partition>.crl` and `/crl/<authority>/<partition>/delta.crl` (RFC 5280 §4.2.1.13, RFC 2585 §4.2). */
export function crlEndpoint(options: {
  readonly prefix: string;
  /** Undefined if there is no such partition; rejects if there is no CRL that could be served now. */
  readonly find: (scope: { authorityId: string; partition: number }) => Promise<ServedCrl | undefined>;
  readonly clock: () => number;
}): Handler {
  return async (exchange) => {
    const [, authorityId, partition, form] = place.exec(exchange.path.slice(options.prefix.length)) ?? [];
    if (authorityId === undefined) {
      answerProblem(exchange.response, notFound);
      return;
    }
    let crl: ServedCrl | undefined;
    try {
      crl = await options.find({ authorityId, partition: Number(partition) });
    } catch {
      answerProblem(exchange.response, unavailable, { 'Retry-After': '5', 'Cache-Control': 'no-store' });
      return;
    }
    const wanted = form === '.crl' ? 'complete' : 'delta';
    if (crl === undefined || crl[wanted].length === 0) {
      answerProblem(exchange.response, notFound, { 'Cache-Control': 'no-store' });
    } else send(exchange, crl, wanted, options.clock());
  };
}

function send(
  { request, response }: Exchange,
  crl: ServedCrl,
  form: 'complete' | 'delta',
  now: number,
): void {
  const maxAge = form === 'complete' ? crlMaxAgeSeconds : deltaCrlMaxAgeSeconds;
  // Within the second in which it was made there may come another, which that date could not tell from this one.
  const settled = Math.floor(now / 1000) * 1000 > crl.thisUpdate;
  const validators = {
    etag: `"${form === 'complete' ? '' : 'd'}${crl.number}"`,
    ...(settled ? { lastModified: crl.thisUpdate } : {}),
  };
  const headers = {
    'Cache-Control': `public, max-age=${maxAge}, no-transform`,
    Expires: new Date(now + maxAge * 1000).toUTCString(),
    ETag: validators.etag,
    ...(settled ? { 'Last-Modified': new Date(crl.thisUpdate).toUTCString() } : {}),
  };
  if (isNotModified(request.headers, validators)) response.writeHead(304, headers).end();
  else answer(response, 200, { 'Content-Type': 'application/pkix-crl', ...headers }, crl[form]);
}
