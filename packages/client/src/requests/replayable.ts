import type { BodyInit } from 'undici';

/** Whether a body can be sent a second time: what is read as it goes cannot. */
export function isReplayable(body: BodyInit | null | undefined): boolean {
  if (body === null || body === undefined || typeof body === 'string') return true;
  return (
    body instanceof URLSearchParams ||
    body instanceof Blob ||
    ArrayBuffer.isView(body) ||
    body instanceof ArrayBuffer ||
    Object.prototype.toString.call(body) === '[object FormData]'
  );
}
