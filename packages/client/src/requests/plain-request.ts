import { Headers, type RequestInit, type Response } from 'undici';
import { ClientError } from '../errors.ts';

export interface PlainRequest {
  readonly url: string | URL;
  /** Default `GET`. */
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as `application/json`. Not together with `body`. */
  readonly json?: unknown;
  readonly body?: string | Uint8Array | undefined;
  /** `false` sends no token. Default: as `fetch` does. */
  readonly token?: false | undefined;
  /** The longest answer taken. Default 16 MiB. */
  readonly maxBytes?: number | undefined;
  /** For the whole exchange, the token included. Default 30. */
  readonly timeoutSeconds?: number | undefined;
}

/** A whole answer. */
export interface PlainAnswer {
  readonly status: number;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The text as JSON; throws `server_response_invalid` where it is none. */
  json(): unknown;
}

const defaultMaxBytes = 16 * 1024 * 1024;
const defaultTimeoutSeconds = 30;

/** What to give to `fetch`, and the signal that ends it. */
export function toRequestInit(request: PlainRequest): {
  readonly init: RequestInit;
  readonly timeout: AbortSignal;
} {
  const headers = new Headers({ accept: 'application/json', ...request.headers });
  let body = request.body;
  if (request.json !== undefined) {
    headers.set('content-type', 'application/json');
    body = JSON.stringify(request.json);
  }
  const timeout = AbortSignal.timeout((request.timeoutSeconds ?? defaultTimeoutSeconds) * 1000);
  return {
    init: { method: request.method ?? 'GET', headers, signal: timeout, ...(body !== undefined && { body }) },
    timeout,
  };
}

/** Reads an answer to its end. */
export async function readPlainAnswer(
  response: Response,
  { maxBytes = defaultMaxBytes }: PlainRequest,
): Promise<PlainAnswer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += (chunk as Uint8Array).byteLength;
    if (length > maxBytes)
      throw new ClientError('server_response_invalid', `the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text,
    json() {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new ClientError(
          'server_response_invalid',
          `an answer with status ${response.status} is not JSON`,
        );
      }
    },
  };
}
