import { OID } from '../../asn1/oids.ts';
import type { Certificate } from '../../certificates/certificate.ts';
import type { DistributionPoint } from '../../certificates/extensions/distribution-points.ts';
import { X509Error } from '../../errors.ts';
import { createOcspRequest } from '../ocsp/ocsp-request.ts';
import type { Issuer } from './issuer.ts';
import type { RevocationNeed } from './status.ts';

/** Most places of one kind that are told; a certificate can name thousands. */
const MAX_NEEDS = 16;

/** Where the status of a certificate can be asked for: its OCSP responders, its CRLs, their deltas. A malformed extension leads nowhere. */
export function revocationNeeds(certificate: Certificate, issuer: Issuer): RevocationNeed[] {
  return [
    ...first(() => ocspNeeds(certificate, issuer)),
    ...first(() => crlNeeds('crl', certificate.crlDistributionPoints)),
    ...first(() => crlNeeds('delta-crl', certificate.freshestCrl)),
  ];
}

function first(find: () => Iterable<RevocationNeed>): RevocationNeed[] {
  const needs: RevocationNeed[] = [];
  try {
    for (const need of find()) if (needs.push(need) === MAX_NEEDS) break;
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
  }
  return needs;
}

function* ocspNeeds(certificate: Certificate, issuer: Issuer): Generator<RevocationNeed, void, void> {
  let request: Buffer | undefined;
  for (const { method, location } of certificate.authorityInformationAccess ?? []) {
    if (method !== OID.ocsp || location.type !== 'uri') continue;
    request ??= createOcspRequest({ certificates: [certificate], issuer });
    yield { kind: 'ocsp', uri: location.value, request };
  }
}

function* crlNeeds(
  kind: 'crl' | 'delta-crl',
  points: readonly DistributionPoint[] | undefined,
): Generator<RevocationNeed, void, void> {
  for (const { name } of points ?? []) {
    for (const full of name?.fullName ?? []) if (full.type === 'uri') yield { kind, uri: full.value };
  }
}
