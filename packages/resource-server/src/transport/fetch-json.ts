import { ResourceServerError } from '../errors.ts';

/** The part of `fetch` that this library uses; the global one, undici's and a stub in a test all fit. */
export type FetchLike = (
  url: string,
  init: { headers: Record<string, string>; redirect: 'error'; signal: AbortSignal },
) => Promise<{
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array> | null;
}>;

const timeoutMs = 5_000;
const maxBytes = 262_144;

/**
 * GETs a JSON document: no redirects, 5 seconds, 256 KiB. Throws `server_unreachable` or `server_response_invalid`, and nothing
 * of the document is in the message.
 */
export async function fetchJson(fetch: FetchLike, url: string): Promise<unknown> {
  const text = await fetchText(fetch, url);
  try {
    return JSON.parse(text);
  } catch {
    throw new ResourceServerError('server_response_invalid', `${url} answered with what is not JSON`);
  }
}

async function fetchText(fetch: FetchLike, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'error', signal });
    if (response.status !== 200) {
      throw new ResourceServerError('server_unreachable', `${url} answered with status ${response.status}`);
    }
    for await (const chunk of response.body ?? []) {
      length += chunk.byteLength;
      if (length > maxBytes) {
        throw new ResourceServerError(
          'server_response_invalid',
          `${url} answered with more than ${maxBytes} bytes`,
        );
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ResourceServerError) throw error;
    throw new ResourceServerError('server_unreachable', `${url} could not be fetched`, { cause: error });
  }
  return Buffer.concat(chunks).toString('utf8');
}
