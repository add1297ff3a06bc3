import type { CredentialUse } from '../clients/index.ts';
import type { Feed } from '../events/index.ts';
import type { Counter, Gauge, LiveConnections } from '../http/index.ts';
import type { NodeFeed, Publishing, Revocation } from '../revocation/index.ts';
import type { Enrolment } from './acme.ts';
import { feedCounts } from './feed-counts.ts';

/** What the metrics listener shows of the domains. */
export function gauges(
  {
    revocation,
    nodeFeed,
    credentialUse,
    enrolment,
  }: {
    readonly revocation: Revocation;
    readonly nodeFeed: NodeFeed;
    readonly credentialUse: CredentialUse;
    readonly enrolment: Pick<Enrolment, 'counts'>;
  },
  connections: LiveConnections,
): Gauge[] {
  return [
    {
      name: 'mortise_denylist_entries',
      help: 'Entries of the denylist',
      value: () => revocation.denylist.size,
    },
    {
      name: 'mortise_feed_position',
      help: 'Position of the feed here',
      value: () => revocation.follower.position,
    },
    {
      name: 'mortise_feed_lag_seconds',
      help: 'Age of the newest knowledge',
      value: () => revocation.follower.lagMs / 1000,
    },
    { name: 'mortise_node_streams', help: 'Open streams to nodes', value: () => nodeFeed.streams().length },
    {
      name: 'mortise_client_certificate_connections',
      help: 'Open connections with a client certificate',
      value: () => connections.size,
    },
    {
      name: 'mortise_credential_uses_dropped',
      help: 'Uses of credentials that found no room to be counted',
      value: () => credentialUse.dropped,
    },
    {
      name: 'mortise_acme_validations_in_progress',
      help: 'Challenges being validated here, or waiting for it',
      value: () => enrolment.counts().validations,
    },
  ];
}

/** What was done, by labels: what the feed tells of, and what it does not. */
export function counters({
  enrolment,
  publishing,
  feed,
}: {
  readonly enrolment: Pick<Enrolment, 'counts'>;
  readonly publishing: Publishing;
  readonly feed: Feed;
}): Counter[] {
  return [
    ...feedCounts(feed),
    {
      name: 'mortise_acme_refusals_total',
      help: 'ACME requests refused here, by error',
      labelNames: ['type'],
      values: () => [...enrolment.counts().refusals].map(([type, count]) => ({ labels: [type], count })),
    },
    {
      name: 'mortise_ocsp_signatures_total',
      help: 'OCSP answers signed here: ahead, for whoever asks, or live, for one request',
      labelNames: ['kind'],
      values: () => {
        const { ahead, live } = publishing.ocsp.signed;
        return [
          { labels: ['ahead'], count: ahead },
          { labels: ['live'], count: live },
        ];
      },
    },
    {
      name: 'mortise_crls_published_total',
      help: 'CRLs made here, and how often one could not be made',
      labelNames: ['outcome'],
      values: () => {
        const { made, failed } = publishing.crls.published;
        return [
          { labels: ['made'], count: made },
          { labels: ['failed'], count: failed },
        ];
      },
    },
  ];
}
