import type { Certificate } from '@mortise/x509';
import type { AuthorityRecord } from '../authority-record.ts';
import type { IssuedCertificate } from '../issued-certificate.ts';
import type { SigningAuthority } from '../make-authority.ts';
import { signLinted } from '../sign-linted.ts';
import { backdatingMs } from '../validity.ts';
import { crossProfile } from './rollover-record.ts';

export interface CrossContext {
  readonly now: number;
  readonly certificateUrl: (authorityId: string) => string;
  /** No OCSP: the key is kept away from every responder. */
  readonly revocationUrls: (authorityId: string) => { readonly crl: string; readonly ocsp?: string };
}

/** Whether a path through this root may hold one more authority above its intermediates (RFC 5280 §4.2.1.9). */
export function mayStandAbove(root: Certificate): boolean {
  const pathLength = root.basicConstraints?.pathLength;
  return pathLength === undefined || pathLength >= 2;
}

/** A root that certifies another. */
export interface CrossCertifier extends Pick<SigningAuthority, 'certificate' | 'signer'> {
  readonly record: Pick<AuthorityRecord, 'id' | 'keyType'>;
}

/** The key and name of one root, certified by the other: whoever trusts the latter alone gets to what is under the former. */
export function crossCertify(
  root: Pick<SigningAuthority, 'certificate'>,
  by: CrossCertifier,
  { now, certificateUrl, revocationUrls }: CrossContext,
): Promise<Certificate> {
  const { crl, ocsp } = revocationUrls(by.record.id);
  const { subjectKeyIdentifier, basicConstraints } = root.certificate;
  return signLinted(
    {
      subject: root.certificate.subject,
      issuer: by.certificate,
      notBefore: Math.max(now - backdatingMs, root.certificate.notBefore, by.certificate.notBefore),
      notAfter: Math.min(root.certificate.notAfter, by.certificate.notAfter),
      publicKey: root.certificate.subjectPublicKeyInfo,
      ...(subjectKeyIdentifier === undefined ? {} : { subjectKeyIdentifier }),
      basicConstraints: { ca: true, pathLength: basicConstraints?.pathLength === 0 ? 0 : 1 },
      keyUsage: ['keyCertSign', 'cRLSign'],
      authorityInformationAccess: {
        ...(ocsp === undefined ? {} : { ocsp: [ocsp] }),
        caIssuers: [certificateUrl(by.record.id)],
      },
      crlDistributionPoints: [crl],
    },
    { keyType: by.record.keyType, signer: by.signer },
  );
}

/** What is recorded of a cross-certificate, so that it can be revoked like every other certificate. */
export function crossRecord(certificate: Certificate, authorityId: string, now: number): IssuedCertificate {
  return {
    fingerprint256: certificate.fingerprint256,
    x5t: certificate.thumbprint,
    serialNumber: certificate.serialNumber,
    authorityId,
    profile: crossProfile,
    subject: certificate.subject.toString(),
    names: [],
    spkiSha256: certificate.spkiSha256,
    certificate: certificate.der,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    issuedAt: now,
  };
}
