import type { Client, Resource } from '../clients/index.ts';
import type { CertificateUse } from './certificate-trust/certificate-use.ts';

/**
 * Whole seconds that a token lives: the shorter of what client and resource set, else the server's default; never beyond the certificate
 * that it is bound to. 0 where that certificate ends within this second.
 */
export function tokenLifetimeSeconds(
  client: Client,
  resource: Resource,
  binding: CertificateUse | undefined,
  defaultSeconds: number,
  now: number,
): number {
  const ofClient = client.accessTokenLifetimeSeconds;
  const ofResource = resource.accessTokenLifetimeSeconds;
  const set =
    ofClient === undefined ? (ofResource ?? defaultSeconds) : Math.min(ofClient, ofResource ?? ofClient);
  if (binding === undefined) return set;
  // Tokens count in whole seconds: `exp` is the second of issue and the lifetime, and has to lie before notAfter.
  const left = Math.floor(binding.notAfter / 1000) - Math.floor(now / 1000);
  return Math.max(0, Math.min(set, left));
}
