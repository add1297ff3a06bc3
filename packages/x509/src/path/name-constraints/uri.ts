import { canonicalHost } from './dns.ts';

/**
 * The host of a URI in the form of {@link canonicalHost}. Undefined where there is no authority, or where its host is an IP address
 * or no host name: such a URI can meet no constraint (RFC 5280 §4.2.1.10).
 */
export function uriHost(uri: string): string | undefined {
  const match = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(uri);
  if (match === null) return undefined;
  const authority = match[1]!;
  const hostAndPort = authority.slice(authority.lastIndexOf('@') + 1);
  if (hostAndPort.startsWith('[')) return undefined;
  const host = canonicalHost(hostAndPort.replace(/:\d*$/, '').replace(/\.$/, ''));
  // A host whose last label is a number is an IPv4 address to those who follow the URI.
  return host === undefined || /(?:^|\.)\d+$/.test(host) ? undefined : host;
}
