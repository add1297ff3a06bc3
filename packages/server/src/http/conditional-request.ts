import type { IncomingHttpHeaders } from 'node:http';

/** What identifies the present representation. */
export interface Validators {
  /** Quoted, strong. */
  readonly etag: string;
  /** Epoch milliseconds, of whole seconds; absent if the same second may bring another representation. */
  readonly lastModified?: number;
}

/** Whether a GET or HEAD is answered with 304: If-None-Match, and only without it If-Modified-Since (RFC 9110 §13.2.2). */
export function isNotModified(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) {
    return tags.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
  }
  const since = headers['if-modified-since'];
  if (since === undefined || lastModified === undefined) return false;
  return Date.parse(since) >= lastModified;
}
