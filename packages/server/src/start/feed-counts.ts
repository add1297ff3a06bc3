import type { Event, Feed, JsonValue } from '../events/index.ts';
import type { Counter } from '../http/index.ts';

interface Counted {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  /** By act: the values of the labels, told from its event. */
  readonly acts: Readonly<Record<string, (event: Event) => readonly string[]>>;
}

const counted: readonly Counted[] = [
  {
    name: 'mortise_certificates_issued_total',
    help: 'Certificates issued, by profile',
    labelNames: ['profile'],
    acts: { 'certificate.issued': ({ data }) => [text(data?.['profile'])] },
  },
  {
    name: 'mortise_certificates_revoked_total',
    help: 'Certificates revoked or put on hold, by reason',
    labelNames: ['reason'],
    acts: { 'certificate.revoked': ({ data }) => [text(data?.['reason'])] },
  },
  {
    name: 'mortise_acme_accounts_total',
    help: 'ACME accounts made, by profile',
    labelNames: ['profile'],
    acts: { 'account.created': ({ data }) => [text(data?.['profile'])] },
  },
  {
    name: 'mortise_acme_orders_total',
    help: 'ACME orders made, by profile',
    labelNames: ['profile'],
    acts: { 'order.created': ({ data }) => [text(data?.['profile'])] },
  },
  {
    name: 'mortise_acme_validations_total',
    help: 'ACME authorizations decided by a challenge, by its type and what it came to',
    labelNames: ['challenge', 'outcome'],
    acts: {
      'authorization.validated': ({ data }) => [text(data?.['challenge']), 'valid'],
      'authorization.failed': ({ data }) => [text(data?.['challenge']), text(data?.['error'])],
    },
  },
];

/** Counts acts by the feed, which tells those of all nodes: each node counts what all of them did since it started. */
export function feedCounts(feed: Pick<Feed, 'subscribe'>): Counter[] {
  const values = new Map<Counted, Map<string, number>>(counted.map((one) => [one, new Map()]));
  feed.subscribe('metrics', (event) => {
    for (const [{ acts }, counts] of values) {
      const labels = acts[event.act]?.(event);
      if (labels === undefined) continue;
      const key = JSON.stringify(labels);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  });
  return counted.map((one) => ({
    name: one.name,
    help: one.help,
    labelNames: one.labelNames,
    values: () =>
      [...values.get(one)!].map(([key, count]) => ({ labels: JSON.parse(key) as string[], count })),
  }));
}

/** These have few values, all of this program. */
function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : 'unspecified';
}
