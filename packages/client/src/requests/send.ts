import { type Agent, fetch, type RequestInit, type Response } from 'undici';
import { checkOpen } from '../closed.ts';
import { ClientError } from '../errors.ts';

export interface Sending {
  readonly agent: Agent;
  /** Aborted once the client is closed. */
  readonly closing: AbortSignal;
}

/** `fetch`, whose redirects are not followed by default. Rejects with `closed` or `server_unreachable`; with the caller's reason where its signal ended it. */
export async function send(
  url: string | URL,
  init: RequestInit,
  { agent, closing }: Sending,
): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual', ...init, dispatcher: agent });
  } catch (error) {
    checkOpen(closing);
    if (init.signal?.aborted === true) throw error;
    const cause = error instanceof TypeError ? (error.cause ?? error) : error;
    throw new ClientError('server_unreachable', `no answer from ${originOf(url)}`, { cause });
  }
}

/** Throws `configuration_invalid`. */
export function checkHttps(url: string | URL): void {
  if (URL.parse(String(url))?.protocol === 'https:') return;
  throw new ClientError('configuration_invalid', 'tokens and certificates are sent to https URLs only');
}

/** For messages: paths and queries may hold what is nobody's business. */
export function originOf(url: string | URL): string {
  return URL.parse(String(url))?.origin ?? 'the URL';
}
