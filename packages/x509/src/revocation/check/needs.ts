import { OID } from '../../asn1/oids.ts';
import type { Certificate } from '../../certificates/certificate.ts';
import type { DistributionPoint } from '../../certificates/extensions/distribution-points.ts';
import { X509Error } from '../../errors.ts';
import { createOcspRequest } from '../ocsp/ocsp-request.ts';
import type { Issuer } from './issuer.ts';
import type { RevocationNeed } from './status.ts';

/** Where the status of a certificate can be asked for: its OCSP responders, its CRLs, their deltas. */
export function revocationNeeds(certificate: Certificate, issuer: Issuer): RevocationNeed[] {
  const needs: RevocationNeed[] = [];
  try {
    for (const { method, location } of certificate.authorityInformationAccess ?? []) {
      if (method !== OID.ocsp || location.type !== 'uri') continue;
      const request = createOcspRequest({ certificates: [certificate], issuer });
      needs.push({ kind: 'ocsp', uri: location.value, request });
    }
    for (const uri of uris(certificate.crlDistributionPoints)) needs.push({ kind: 'crl', uri });
    for (const uri of uris(certificate.freshestCrl)) needs.push({ kind: 'delta-crl', uri });
  } catch (cause) {
    // A malformed extension leads nowhere.
    if (!(cause instanceof X509Error)) throw cause;
  }
  return needs;
}

function* uris(points: readonly DistributionPoint[] | undefined): Generator<string, void, void> {
  for (const { name } of points ?? []) {
    for (const full of name?.fullName ?? []) if (full.type === 'uri') yield full.value;
  }
}
