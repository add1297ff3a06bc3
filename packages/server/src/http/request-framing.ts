import type { IncomingMessage } from 'node:http';
import type { Problem } from './problem.ts';

/**
 * What Node's parser lets through although others could read it otherwise: a request of no version that we speak, several
 * Host lines (RFC 9112 §3.2), a transfer coding besides `chunked` (§6.1), or chunks in HTTP/1.0. Undefined: nothing is wrong.
 */
export function framingProblem(request: IncomingMessage): Problem | undefined {
  const { httpVersion, rawHeaders } = request;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return versionUnsupported;
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts > 1) return hostRepeated;
  const coding = request.headers['transfer-encoding'];
  if (coding === undefined) return undefined;
  if (httpVersion === '1.0') return chunksUnsupported;
  return coding.toLowerCase() === 'chunked' ? undefined : codingUnsupported;
}

const versionUnsupported: Problem = {
  status: 505,
  code: 'version_unsupported',
  title: 'The request is neither HTTP/1.1 nor HTTP/1.0.',
};
const hostRepeated: Problem = {
  status: 400,
  code: 'host_repeated',
  title: 'The request has more than one Host line.',
};
const chunksUnsupported: Problem = {
  status: 400,
  code: 'transfer_encoding_unexpected',
  title: 'HTTP/1.0 knows no Transfer-Encoding.',
};
const codingUnsupported: Problem = {
  status: 501,
  code: 'transfer_coding_unsupported',
  title: 'The only transfer coding here is chunked.',
};
