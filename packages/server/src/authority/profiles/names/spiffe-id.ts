const trustDomain = /^[a-z0-9._-]{1,255}$/;
const segment = /^[A-Za-z0-9._-]+$/;
const maximumOctets = 2048;

/** SPIFFE-ID §2.1. */
export function isTrustDomain(text: string): boolean {
  return trustDomain.test(text);
}

/** The trust domain of a workload's SPIFFE ID (SPIFFE-ID §2, with a path as X.509-SVID §2 wants it); undefined if the text is none. */
export function trustDomainOf(text: string): string | undefined {
  if (!text.startsWith('spiffe://') || text.length > maximumOctets) return undefined;
  const [domain = '', ...path] = text.slice('spiffe://'.length).split('/');
  const wellFormed = path.every((part) => segment.test(part) && part !== '.' && part !== '..');
  return isTrustDomain(domain) && path.length > 0 && wellFormed ? domain : undefined;
}
