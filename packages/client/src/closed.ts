import { ClientError } from './errors.ts';

/** Throws `closed` once the client is. */
export function checkOpen(closing: AbortSignal): void {
  if (closing.aborted) throw new ClientError('closed', 'the client has been closed');
}
