import type { Certificate } from '@mortise/x509';
import type { OwnAuthorities } from './own-authorities.ts';

/**
 * The active intermediates here that signed the certificate, the nearest first, without the root; empty if none did, or if one of them is no
 * longer active.
 */
export function chainAbove(certificate: Certificate, authorities: OwnAuthorities): Certificate[] {
  const candidates = authorities.active('intermediate').map(({ id }) => authorities.certificate(id)!);
  const chain: Certificate[] = [];
  for (let lower = certificate; ; ) {
    const upper = issuerOf(lower, candidates);
    if (upper === undefined) return chain;
    lower = upper;
    chain.push(lower);
  }
}

function issuerOf(certificate: Certificate, candidates: readonly Certificate[]): Certificate | undefined {
  const keyIdentifier = certificate.authorityKeyIdentifier?.keyIdentifier;
  if (keyIdentifier === undefined) return undefined;
  return candidates.find(
    (candidate) =>
      candidate.subjectKeyIdentifier?.equals(keyIdentifier) === true &&
      candidate.subject.equals(certificate.issuer) &&
      candidate !== certificate,
  );
}
