import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PresentedCertificate } from '../authorization/index.ts';

export type ListenerName = 'public' | 'mtls' | 'pki' | 'metrics';

/** One request and its answer, with what the listener knows of the connection. Nothing here comes from a Host header. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly listener: ListenerName;
  /** The path as sent, without query; compared exactly, never normalised. */
  readonly path: string;
  /** Without the question mark; `''` when there is none. */
  readonly query: string;
  /** Of the TLS connection itself, and of nothing else. */
  readonly certificate: PresentedCertificate | undefined;
  /** For a handler that answers later without a promise: the server itself failed. Logged, and answered as far as that is possible. */
  failed(error: unknown): void;
}

export type Handler = (exchange: Exchange) => void | Promise<void>;

/** Splits a request target into path and query; absolute form (RFC 9112 §3.2.2) loses its authority. */
export function splitTarget(target: string): { path: string; query: string } | undefined {
  let text = target;
  if (!text.startsWith('/')) {
    const authority = /^https?:\/\/[^/?#]*/i.exec(text);
    if (authority === null) return undefined;
    text = text.slice(authority[0].length);
    if (!text.startsWith('/')) text = `/${text}`;
  }
  const mark = text.indexOf('?');
  return mark === -1 ? { path: text, query: '' } : { path: text.slice(0, mark), query: text.slice(mark + 1) };
}
