import type { Certificate } from '@mortise/x509';
import { malformed } from './acme-error.ts';
import { decode } from './jws.ts';

const form = /^[A-Za-z0-9_-]{1,100}\.[A-Za-z0-9_-]{1,40}$/;

/** RFC 9773 §4.1: key identifier of the issuer and octets of the serial number. Throws AcmeError `malformed`. */
export function readCertificateId(text: unknown): { keyIdentifier: Buffer; serialBytes: Buffer } {
  if (typeof text !== 'string' || !form.test(text)) throw malformed('This is not the name of a certificate.');
  const [keyIdentifier, serialBytes] = text.split('.').map((part) => decode(part, 'The name'));
  return { keyIdentifier: keyIdentifier!, serialBytes: serialBytes! };
}

/** The name of a certificate in renewal information; undefined for one without a key identifier of its issuer. */
export function certificateId(certificate: Certificate): string | undefined {
  const keyIdentifier = certificate.authorityKeyIdentifier?.keyIdentifier;
  if (keyIdentifier === undefined) return undefined;
  return `${keyIdentifier.toString('base64url')}.${certificate.serialBytes.toString('base64url')}`;
}
