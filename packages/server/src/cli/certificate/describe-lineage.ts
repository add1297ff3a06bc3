import type { LineageDocument } from '../documents.ts';
import { relativeTime } from '../output/relative-time.ts';
import { table } from '../output/table.ts';

const explained: Readonly<Record<LineageDocument['stage'], string>> = {
  unused: 'no certificate of it was used yet',
  waiting: 'on its old certificate; the new one was not used yet',
  moving: 'on its new certificate; the old one is still used, or tokens bound to it live',
  settled: 'on its newest certificate alone',
};

/** Which of its certificates a client uses, for a person. */
export function describeLineage({ profile, stage, certificates }: LineageDocument, now: number): string {
  const rows = certificates.map((certificate, index) => [
    certificate.fingerprint256,
    index === 0 ? 'new' : 'old',
    relativeTime(certificate.not_after * 1000, now),
    relativeTime(milliseconds(certificate.last_used_at), now),
    relativeTime(milliseconds(certificate.last_seen_at), now),
    String(certificate.live_tokens),
    certificate.revoked_at === undefined ? '' : 'revoked',
  ]);
  return `Lineage (${profile}): ${stage}: ${explained[stage]}\n${table(
    ['certificate', '', 'expires', 'last used', 'last seen', 'live tokens', 'state'],
    rows,
  )}`;
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
