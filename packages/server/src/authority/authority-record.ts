/** What an authority's key is: chosen when it is made, and never changed afterwards. */
export const authorityKeyTypes = [
  'ec-p256',
  'ec-p384',
  'rsa-2048',
  'rsa-3072',
  'rsa-4096',
  'ed25519',
] as const;

export type AuthorityKeyType = (typeof authorityKeyTypes)[number];

/** A root signs intermediates alone; an intermediate signs what profiles allow. */
export type AuthorityKind = 'root' | 'intermediate';

/** A certification authority of this server as stored. Times are epoch milliseconds. */
export interface AuthorityRecord {
  /** `auth_` and 12 random bytes in base64url. Opaque; access tokens carry it. */
  readonly id: string;
  readonly kind: AuthorityKind;
  /** The authority that signed its certificate; absent for a root. */
  readonly parentId?: string;
  readonly keyType: AuthorityKeyType;
  /** RFC 4514, for people; never compared. */
  readonly subject: string;
  /** DER. */
  readonly certificate: Buffer;
  /** SHA-256 of `certificate`, lower-case hexadecimal. Unique. */
  readonly fingerprint256: string;
  /** SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal. */
  readonly spkiSha256: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** PKCS#8 DER under the master key. Absent where the key is kept elsewhere. */
  readonly sealedPrivateKey?: Buffer;
  readonly createdAt: number;
  /** Since then it signs nothing, and nothing under it counts. Final. */
  readonly revokedAt?: number;
}
