/** What a certificate is issued for: the name of a profile. */
export type ProfileName = string;

/** What the certificates of this server's own OCSP responders are recorded under; nobody else gets one. */
export const responderProfile = 'ocsp-responder';

/** Why a certificate was revoked: the reasons of RFC 5280 §5.3.1 that an operator can give. Only `certificate_hold` can be taken back. */
export const revocationReasons = [
  'unspecified',
  'key_compromise',
  'affiliation_changed',
  'superseded',
  'cessation_of_operation',
  'privilege_withdrawn',
  'certificate_hold',
] as const;

export type RevocationReason = (typeof revocationReasons)[number];

/** A certificate that an authority of this server issued. Times are epoch milliseconds. */
export interface IssuedCertificate {
  /** SHA-256 of `certificate`, lower-case hexadecimal: its name. Unique. */
  readonly fingerprint256: string;
  /** The same digest in base64url, as in `x5t#S256`. */
  readonly x5t: string;
  /** Lower-case hexadecimal. Unique together with `authorityId`. */
  readonly serialNumber: string;
  /** The authority that signed it. */
  readonly authorityId: string;
  /** The name of its profile, or `ocsp-responder`. */
  readonly profile: ProfileName;
  /** The CRL of its authority on which it would be listed. Default 0. */
  readonly crlPartition?: number;
  /** The client it was issued to: always there for the profile `client`. */
  readonly clientId?: string;
  /** The credential that was registered with it. */
  readonly credentialId?: string;
  /** RFC 4514, for people; never compared. */
  readonly subject: string;
  /** The names of its subjectAltName, each `dns:…`, `ip:…`, `uri:…` or `email:…`. */
  readonly names: readonly string[];
  /** SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal. */
  readonly spkiSha256: string;
  /** DER. */
  readonly certificate: Buffer;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly issuedAt: number;
  readonly revokedAt?: number;
  readonly revocationReason?: RevocationReason;
}
