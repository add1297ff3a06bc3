import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { ClientRecord } from './client.ts';

const label = /^(?!id-)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

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
  if (tlsClientAuth?.kind === 'san_dns') return tlsClientAuth.value.toLowerCase();
  const host = new URL(issuer).hostname.replace(/^\[|\]$/g, '');
  const domain = isIP(host) === 0 ? host : 'mortise.internal';
  const digest = createHash('sha256').update(clientId).digest('hex').slice(0, 32);
  return `${label.test(clientId) ? clientId : `id-${digest}`}.clients.${domain}`;
}
