import { relativeTime } from '../output/relative-time.ts';
import { facts, printable } from '../output/table.ts';
import type { RefusalDocument } from './documents.ts';

/** Refusals for a person, newest first. `now` in epoch milliseconds. */
export function refusalsText(refusals: readonly RefusalDocument[], now: number): string {
  return refusals.map((refusal) => refusalText(refusal, now)).join('\n\n');
}

function refusalText(refusal: RefusalDocument, now: number): string {
  const { at, endpoint, listener, status, reason, summary, advice, remote_address: from } = refusal;
  const moment = new Date(at * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const title = printable(`${status} ${reason.code}, ${relativeTime(at * 1000, now)} (${moment}Z)`);
  const lines = facts([
    ['  asked', `the ${endpoint} endpoint on ${listener}, from ${from}`],
    ['  certificate', certificateText(refusal)],
    ['  why', summary],
    ['  what to do', advice],
  ]);
  return `${title}\n${lines}`;
}

function certificateText({ 'x5t#S256': x5t, listener }: RefusalDocument): string | undefined {
  if (x5t !== undefined) return `x5t#S256 ${x5t}`;
  return listener === 'mtls' ? 'none was presented' : undefined;
}
