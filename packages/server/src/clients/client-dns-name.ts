import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { ClientRecord } from './client.ts';

const label = /^(?!id-)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const digestLabel = /^id-[0-9a-f]{32}$/;

/**
 * The DNS name that a client's certificates hold where it orders them by ACME, which knows no URIs: that of its matcher,
 * or `<client_id>.clients.<host of the issuer>`, with a digest in place of a client id that is no label. Nothing has to
 * resolve it.
 */
export function clientDnsName(
  client: Pick<ClientRecord, 'clientId' | 'tlsClientAuth'>,
  issuer: string,
): string {
  const { clientId, tlsClientAuth } = client;
  return tlsClientAuth?.kind === 'san_dns'
    ? tlsClientAuth.value.toLowerCase()
    : derivedDnsName(clientId, issuer);
}

/** The name that is made from the client id. */
export function derivedDnsName(clientId: string, issuer: string): string {
  const digest = createHash('sha256').update(clientId).digest('hex').slice(0, 32);
  return `${label.test(clientId) ? clientId : `id-${digest}`}${ending(issuer)}`;
}

/** Whether there can be a client that has this name by its id. `name` in lower case. */
export function isDerivedDnsName(name: string, issuer: string): boolean {
  const end = ending(issuer);
  const first = name.slice(0, -end.length);
  return name.endsWith(end) && (label.test(first) || digestLabel.test(first));
}

function ending(issuer: string): string {
  const host = new URL(issuer).hostname.replace(/^\[|\]$/g, '');
  return `.clients.${isIP(host) === 0 ? host : 'mortise.internal'}`;
}
