/** The requests that the quickstart shows: plain HTTPS with node:https, with or without a client certificate. */
import { request } from 'node:https';

/** A client certificate and its key, PEM. */
export interface ClientCertificate {
  key: string;
  certificate: string;
}

export interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: Record<string, unknown>;
}

export interface Call {
  method: 'GET' | 'POST';
  url: string;
  /** PEM of the CA that the server is validated against. */
  anchors: string;
  certificate?: ClientCertificate | undefined;
  headers?: Record<string, string>;
  /** Sent as application/x-www-form-urlencoded. */
  form?: Record<string, string>;
  /** Sent as application/json. */
  json?: object;
}

/** Sends one request on a connection of its own. */
export function send(call: Call): Promise<Answer> {
  const [contentType, body] = encodeBody(call);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      call.url,
      {
        method: call.method,
        agent: false,
        ca: call.anchors,
        ...(call.certificate && { key: call.certificate.key, cert: call.certificate.certificate }),
        headers: {
          ...call.headers,
          ...(contentType !== undefined && { 'content-type': contentType }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: parse(Buffer.concat(chunks).toString()),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function encodeBody({ form, json }: Call): [string?, string?] {
  if (form !== undefined) return ['application/x-www-form-urlencoded', new URLSearchParams(form).toString()];
  if (json !== undefined) return ['application/json', JSON.stringify(json)];
  return [];
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}

/** The claims of a JWT, unverified: for showing them. */
export function claimsOf(token: unknown): Record<string, unknown> {
  return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
}

/** `Authorization: Basic` by RFC 6749 §2.3.1. */
export function basic(clientId: string, secret: string): string {
  const encoded = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
  return `Basic ${Buffer.from(encoded).toString('base64')}`;
}
