import type { IncomingHttpHeaders } from 'node:http';
import { type Agent, request } from 'node:https';
import type { SecureVersion } from 'node:tls';

/** A certificate with what a peer of TLS needs to show it: leaf, then what is sent behind it; and its key. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface HttpsRequest {
  readonly url: string;
  /** PEM that the server is validated against. */
  readonly ca: string;
  readonly identity?: Identity | undefined;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: string | Buffer;
  /** Default: a connection of its own. */
  readonly agent?: Agent | undefined;
  /** The address that the request comes from. */
  readonly localAddress?: string | undefined;
  readonly version?: SecureVersion | undefined;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Record<string, unknown>;
  /** Whether the TLS session, or the whole connection, was one of before. */
  readonly resumed: boolean;
  readonly reused: boolean;
}

/** One request; rejects where the connection ends without an answer. */
export function httpsRequest(options: HttpsRequest): Promise<HttpsAnswer> {
  const { url, ca, identity, headers, form, json, agent, localAddress, version } = options;
  const [type, body] = encoded(options);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: options.method ?? (form === undefined && json === undefined ? 'GET' : 'POST'),
        ca,
        servername: 'localhost',
        agent: agent ?? false,
        ...identity,
        ...(localAddress !== undefined && { localAddress }),
        ...(version !== undefined && { minVersion: version, maxVersion: version }),
        headers: {
          ...(type !== undefined && { 'content-type': type }),
          // Node frames the bodies of some methods only when told their length.
          ...(body !== undefined &&
            headers?.['transfer-encoding'] === undefined && { 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        const { socket } = incoming as unknown as { socket: { isSessionReused(): boolean } };
        const resumed = socket.isSessionReused();
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            body: parsed(text),
            resumed,
            reused: outgoing.reusedSocket,
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function encoded({ form, json, body }: HttpsRequest): [string | undefined, string | Buffer | undefined] {
  if (form !== undefined) return ['application/x-www-form-urlencoded', new URLSearchParams(form).toString()];
  if (json !== undefined) return ['application/json', JSON.stringify(json)];
  return [undefined, body];
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** `Authorization: Basic` by RFC 6749 §2.3.1. */
export function basic(clientId: string, secret: string): { authorization: string } {
  const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** The claims of a JWT, unverified. */
export function claimsOf(token: string): Record<string, unknown> {
  const segment = token.split('.')[1] ?? '';
  return JSON.parse(Buffer.from(segment, 'base64url').toString()) as Record<string, unknown>;
}
