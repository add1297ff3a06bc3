import type { DenylistEntry } from '@mortise/resource-server';

/** Entries as text, equal for equal lists whatever the order of the entries and of their members. */
export function inOrder(entries: readonly DenylistEntry[]): string[] {
  return entries
    .map(({ kind, id, epoch, expiresAt }) => JSON.stringify({ kind, id, epoch, expiresAt }))
    .sort();
}
