import { type Agent, request } from 'undici';
import { ClientError } from '../errors.ts';

export interface BoundedRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'HEAD';
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface BoundedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const timeoutMs = 10_000;
const maxBytes = 262_144;

/**
 * One exchange with an authorization or ACME server: no redirects, 10 seconds in all, 256 KiB. Throws `server_unreachable` and
 * `server_response_invalid`; what was sent is in neither.
 */
export async function boundedRequest(
  agent: Agent,
  { url, method, headers, body, signal }: BoundedRequest,
): Promise<BoundedAnswer> {
  try {
    const response = await request(url, {
      dispatcher: agent,
      method,
      headers: { accept: 'application/json', ...headers },
      ...(body !== undefined && { body }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      length += chunk.byteLength;
      if (length > maxBytes)
        throw new ClientError('server_response_invalid', `${url} answered with more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return {
      status: response.statusCode,
      headers: response.headers,
      text: Buffer.concat(chunks).toString('utf8'),
    };
  } catch (error) {
    if (error instanceof ClientError) throw error;
    if (signal.aborted) throw new ClientError('closed', 'the client has been closed');
    throw new ClientError('server_unreachable', `no answer from ${url}`, { cause: error });
  }
}

/** The JSON object of an answer, or undefined. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
