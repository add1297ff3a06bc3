import { isIP } from 'node:net';

export type ItemKind = 'host' | 'network';

/** What the texts of a list may be, and how they are called where one is not. */
export const itemKinds: Readonly<Record<ItemKind, { is(text: string): boolean; readonly plural: string }>> = {
  host: { is: isHost, plural: 'DNS names or IP addresses' },
  network: { is: isNetwork, plural: 'networks in CIDR notation, such as 10.0.0.0/8 or fd00::/8' },
};

const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const dnsName = new RegExp(`^(?=.{1,253}$)(\\*\\.)?${label}(\\.${label})*$`, 'i');

/** An address, or a DNS name that a certificate can hold: also with a wildcard as its first label. */
function isHost(text: string): boolean {
  return isIP(text) !== 0 || (dnsName.test(text) && !/^[\d.]+$/.test(text));
}

/** A prefix of IPv4 or IPv6, or an address alone. */
function isNetwork(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128));
}
