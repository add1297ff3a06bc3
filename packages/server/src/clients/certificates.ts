import { Certificate, X509Error } from '@mortise/x509';
import { ClientError } from './client-error.ts';
import type { CertificateCredential } from './credential.ts';
import { generateCredentialId } from './identifiers.ts';
import { refusedKey } from './keys.ts';

/** Largest certificate of a client, in octets of DER. */
const maximumOctets = 16 * 1024;

/**
 * Reads a certificate that is to authenticate a client by itself: DER, or PEM with one certificate. Throws
 * ClientError `certificate_invalid` where it is malformed, over at `now`, or has a key of another kind than
 * EC (P-256, P-384, P-521), Ed25519 or RSA of 2048 to 8192 bits. Who signed it does not count.
 */
export function readClientCertificate(input: Uint8Array | string, now: number, member?: string): Certificate {
  const refuse = (why: string): ClientError =>
    new ClientError('certificate_invalid', member === undefined ? why : `${member}: ${why}`, member);
  let certificate: Certificate;
  let subject: string;
  try {
    const certificates = Certificate.parseAll(input);
    if (certificates.length > 1) throw refuse('there is more than one certificate');
    certificate = certificates[0]!;
    subject = certificate.subject.toString();
    const refusal = refusedKey(certificate.publicKey);
    if (refusal !== undefined) throw refuse(`the certificate cannot be used: ${refusal}`);
  } catch (error) {
    if (error instanceof X509Error) throw refuse(`the certificate cannot be read: ${error.message}`);
    throw error;
  }
  if (certificate.der.length > maximumOctets) throw refuse(`the certificate exceeds ${maximumOctets} octets`);
  if (subject.length > maximumOctets) throw refuse('the subject is too long');
  if (certificate.notAfter < now) throw refuse('the certificate has expired');
  return certificate;
}

/**
 * The credential of a certificate: of one issued here where `authorityId` names the authority (which keeps the
 * certificate), else of a registered one, whose DER goes with it.
 */
export function certificateCredential(
  certificate: Certificate,
  options: {
    readonly createdAt: number;
    readonly expiresAt?: number;
    readonly id?: string;
    readonly authorityId?: string;
  },
): CertificateCredential {
  return {
    kind: 'certificate',
    id: options.id ?? generateCredentialId(),
    createdAt: options.createdAt,
    ...(options.expiresAt === undefined ? {} : { expiresAt: options.expiresAt }),
    x5t: certificate.thumbprint,
    fingerprint256: certificate.fingerprint256,
    serialNumber: certificate.serialNumber,
    subject: certificate.subject.toString(),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    ...(options.authorityId === undefined ? { der: certificate.der } : { authorityId: options.authorityId }),
  };
}
