import type { Certificate, CertificateFields, KeyUsage } from '@mortise/x509';
import { readPublicKeyInfo } from '@mortise/x509';
import type { GrantedNames } from './profiles/names/granted-names.ts';
import { nameConstraintFields } from './profiles/names/name-constraint.ts';
import type { ProfileDefinition } from './profiles/profile-definition.ts';

/** What beside the profile goes into a certificate. */
export interface CertificateParts {
  readonly granted: GrantedNames;
  readonly serialNumber: Buffer;
  /** DER. */
  readonly spki: Buffer;
  readonly validity: { readonly notBefore: number; readonly notAfter: number };
  readonly issuer: Certificate;
  /** Where the issuer's certificate is served. */
  readonly issuerUrl: string;
  /** Where news of its revocation will be found; undefined if nowhere. */
  readonly sources: { readonly crl: string; readonly ocsp: string } | undefined;
}

/** The contents of a certificate, as its profile has them. */
export function certificateFields(profile: ProfileDefinition, parts: CertificateParts): CertificateFields {
  const { granted, serialNumber, spki, validity, issuer, issuerUrl, sources } = parts;
  const forAuthority = profile.names === 'authority';
  const { kind } = readPublicKeyInfo(spki);
  const constraints = forAuthority
    ? nameConstraintFields(profile.permittedNames, profile.excludedNames)
    : undefined;
  return {
    serialNumber,
    subject: granted.subject,
    issuer,
    ...validity,
    publicKey: spki,
    basicConstraints: forAuthority ? { ca: true, pathLength: profile.pathLength } : { ca: false },
    keyUsage: profile.keyUsage.filter((usage) => fitsKey(usage, kind)),
    extendedKeyUsage: profile.extendedKeyUsage,
    subjectAltName: granted.subjectAltName,
    ...(constraints === undefined ? {} : { nameConstraints: constraints }),
    certificatePolicies: profile.certificatePolicies,
    authorityInformationAccess: {
      ...(sources === undefined ? {} : { ocsp: [sources.ocsp] }),
      caIssuers: [issuerUrl],
    },
    ...(sources === undefined ? {} : { crlDistributionPoints: [sources.crl] }),
    extensions: profile.extensions,
  };
}

/** RFC 8813 §3, RFC 8410 §5: only RSA keys encipher, only keys of the curves agree, and not Ed25519. */
function fitsKey(usage: KeyUsage, kind: string): boolean {
  switch (usage) {
    case 'keyEncipherment':
    case 'dataEncipherment':
      return kind === 'rsa';
    case 'keyAgreement':
    case 'encipherOnly':
    case 'decipherOnly':
      return kind === 'ec';
    default:
      return true;
  }
}
