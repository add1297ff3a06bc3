import type { DenylistEntry, DenylistKey } from '@mortise/resource-server';
import type { TrustBundle } from '../../authority/index.ts';

/** How many entries one line names at most. */
export const entriesPerLine = 1000;

/**
 * The whole list for one node, as lines of NDJSON: at least one, also when it is empty. `history` says which numbering of acts the
 * positions belong to, so that nodes take a restored database for no later state of the former.
 */
export function* snapshotLines(
  position: number,
  entries: readonly DenylistEntry[],
  history?: string,
): Generator<string> {
  for (let from = 0; ; from += entriesPerLine) {
    const more = from + entriesPerLine < entries.length;
    const part = entries.slice(from, from + entriesPerLine);
    yield line({ type: 'snapshot', position, entries: part, more, history });
    if (!more) return;
  }
}

/** One change as lines of NDJSON; none if it is empty. Removals go out before additions, as they are applied. */
export function* changeLines(
  position: number,
  change: { readonly add: readonly DenylistEntry[]; readonly remove: readonly DenylistKey[] },
): Generator<string> {
  const { add, remove } = change;
  if (add.length === 0 && remove.length === 0) return;
  if (add.length + remove.length <= entriesPerLine) {
    yield line({ type: 'change', position, add, remove });
    return;
  }
  for (let from = 0; from < remove.length; from += entriesPerLine) {
    const part = remove.slice(from, from + entriesPerLine);
    yield line({ type: 'change', position, add: [], remove: part });
  }
  for (let from = 0; from < add.length; from += entriesPerLine) {
    yield line({ type: 'change', position, add: add.slice(from, from + entriesPerLine), remove: [] });
  }
}

/**
 * Says that the list holds acts up to this position already, while one before them is not committed yet: so that a node takes nothing of it
 * back for another server which has not heard of them.
 */
export function aheadLine(position: number): string {
  return line({ type: 'change', position, add: [], remove: [] });
}

/** Says that nothing up to `position` is missing, as of `at` (epoch milliseconds of this server). */
export function heartbeatLine(position: number, at: number): string {
  return line({ type: 'heartbeat', position, at });
}

/** Which roots to trust from now on, and which no more. */
export function trustLine(bundle: TrustBundle): string {
  return line({ type: 'trust', ...bundle });
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
