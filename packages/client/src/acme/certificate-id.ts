import type { Certificate } from '@mortise/x509';

/** The name of a certificate in renewal information (RFC 9773 §4.1); undefined for one without a key identifier of its issuer. */
export function certificateId(certificate: Certificate): string | undefined {
  const keyIdentifier = certificate.authorityKeyIdentifier?.keyIdentifier;
  if (keyIdentifier === undefined) return undefined;
  return `${keyIdentifier.toString('base64url')}.${certificate.serialBytes.toString('base64url')}`;
}
