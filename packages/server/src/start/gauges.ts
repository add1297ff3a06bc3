import type { CredentialUse } from '../clients/index.ts';
import type { Gauge, LiveConnections } from '../http/index.ts';
import type { NodeFeed, Revocation } from '../revocation/index.ts';

/** What the metrics listener shows of the domains. */
export function gauges(
  {
    revocation,
    nodeFeed,
    credentialUse,
  }: { readonly revocation: Revocation; readonly nodeFeed: NodeFeed; readonly credentialUse: CredentialUse },
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
  ];
}
