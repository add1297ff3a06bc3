import type { RevocationReason } from './issued-certificate.ts';

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

/**
 * `staged`: trusted and published, but it does not sign certificates yet. `active`: it signs. `retired`: it signs no certificates any more and is
 * no longer given out as a root to trust; what it signed counts until it ends.
 */
export const authorityStates = ['staged', 'active', 'retired'] as const;

export type AuthorityState = (typeof authorityStates)[number];

/** Where the key is: sealed in the database, kept away from this server, or in a device. */
export const signerKinds = ['file', 'offline', 'pkcs11'] as const;

export type SignerKind = (typeof signerKinds)[number];

/** The authority that the first start makes. */
export const mainAuthority = 'main';

/**
 * One certificate and key of an authority of this server as stored: an authority is what records of one name make up, a root (or several, during
 * a rollover) and intermediates. Times are epoch milliseconds.
 */
export interface AuthorityRecord {
  /** `auth_` and 12 random bytes in base64url. Opaque; access tokens carry it. */
  readonly id: string;
  /** The authority that it belongs to: {@link isAuthorityName}. */
  readonly name: string;
  readonly kind: AuthorityKind;
  readonly state: AuthorityState;
  readonly signer: SignerKind;
  /** Where the key is, for `pkcs11`: a PKCS #11 URI (RFC 7512) without a PIN. */
  readonly keyLocation?: string;
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
  /** PKCS#8 DER under the master key: for `signer` `file`, and only then. */
  readonly sealedPrivateKey?: Buffer;
  readonly createdAt: number;
  /** Since then it signs nothing, and nothing under it counts. Final. */
  readonly revokedAt?: number;
  /** Why; absent: unspecified. */
  readonly revocationReason?: RevocationReason;
}

/** What an authority may be used for. An authority without rules issues every profile to everybody. */
export interface AuthorityRules {
  /** The name of the authority. Unique. */
  readonly name: string;
  /** The profiles that it issues; absent: all. */
  readonly profiles?: readonly string[];
  /** The clients that it issues to, and nobody else; absent: all, and certificates without a client. */
  readonly clients?: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Raised by each change. Starts at 1. */
  readonly revision: number;
}

/** An intermediate whose certificate has still to be signed, away from this server. */
export interface AuthorityRequest {
  /** The id that the intermediate will have. */
  readonly id: string;
  readonly name: string;
  /** The root that has to sign it. */
  readonly parentId: string;
  readonly keyType: AuthorityKeyType;
  /** RFC 4514. */
  readonly subject: string;
  /** PKCS #10, DER. */
  readonly request: Buffer;
  readonly signer: Exclude<SignerKind, 'offline'>;
  readonly keyLocation?: string;
  readonly sealedPrivateKey?: Buffer;
  readonly createdAt: number;
}

const authorityName = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Whether a text can be the name of an authority: 1 to 63 lower-case letters, digits and hyphens, the first no hyphen. */
export function isAuthorityName(text: string): boolean {
  return authorityName.test(text);
}
