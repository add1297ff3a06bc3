import { domainToASCII } from 'node:url';

const LABEL = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/;

/**
 * A host name in the form in which names are compared: lower case, A-labels, no trailing dot. U-labels are converted by IDNA (UTS #46);
 * for a name that is ASCII already nothing is converted. Undefined if it is no host name (RFC 1034 §3.5, underscores let pass).
 */
export function canonicalHost(text: string): string | undefined {
  const ascii = /^[\u0000-\u007f]*$/.test(text) ? text.toLowerCase() : domainToASCII(text);
  return isHost(ascii) ? ascii : undefined;
}

/** Whether the text is a host name in ASCII without a trailing dot. */
export function isHost(text: string): boolean {
  if (text.length === 0 || text.length > 253) return false;
  return text.split('.').every((label) => LABEL.test(label));
}

/** A dNSName of a certificate: a host in lower case, with `wildcard` if a `*` stands for its left-most label. */
export interface PresentedDns {
  readonly host: string;
  readonly wildcard: boolean;
}

/** Undefined if the name is no host and no wildcard. */
export function presentedDns(value: string): PresentedDns | undefined {
  const lower = value.toLowerCase();
  const wildcard = lower.startsWith('*.');
  const host = wildcard ? lower.slice(2) : lower;
  return isHost(host) ? { host, wildcard } : undefined;
}

/** A dNSName constraint: the domain in lower case, `belowOnly` if a leading dot leaves out the domain itself. */
export interface DnsConstraint {
  readonly domain: string;
  readonly belowOnly: boolean;
}

/** Undefined if the constraint is malformed. The empty one holds every host. */
export function dnsConstraint(value: string): DnsConstraint | undefined {
  const lower = value.toLowerCase();
  if (lower === '') return { domain: '', belowOnly: false };
  const belowOnly = lower.startsWith('.');
  const domain = belowOnly ? lower.slice(1) : lower;
  return isHost(domain) ? { domain, belowOnly } : undefined;
}

/** Whether `host` is `domain` or, with labels to its left, below it. The empty domain holds every host. */
export function isInDomain(host: string, domain: string): boolean {
  if (domain === '' || host === domain) return true;
  return host.endsWith(domain) && host[host.length - domain.length - 1] === '.';
}

/** Whether every name that the dNSName stands for lies in the constraint (RFC 5280 §4.2.1.10). */
export function dnsIsWithin(name: PresentedDns, limit: DnsConstraint): boolean {
  if (!isInDomain(name.host, limit.domain)) return false;
  return name.wildcard || !limit.belowOnly || name.host !== limit.domain;
}

/** Whether any name that the dNSName stands for lies in the constraint. A leading dot makes an exclusion no smaller. */
export function dnsTouches(name: PresentedDns, limit: DnsConstraint): boolean {
  if (isInDomain(name.host, limit.domain)) return true;
  // A wildcard reaches one label down, which may be the excluded domain.
  const dot = limit.domain.indexOf('.');
  return name.wildcard && dot >= 0 && limit.domain.slice(dot + 1) === name.host;
}
