import type { JWK } from 'jose';

/** What every credential has, whatever its kind. Times are epoch milliseconds. */
interface CredentialTimes {
  /** `cred_` and 12 bytes in base64url. Opaque; access tokens carry it. */
  readonly id: string;
  readonly createdAt: number;
  /** From then on it authenticates nobody; tokens obtained before live out their lifetime. Absent: no end. */
  readonly expiresAt?: number;
  /** From then on it authenticates nobody, and the denylist ends the tokens obtained with it. Final. */
  readonly revokedAt?: number;
  /** As of the moment the record was read from the store; a cached record may show an older use. */
  readonly lastUsedAt?: number;
}

/** A secret of which only the SHA-256 is kept: for `client_secret_basic` and `client_secret_post` alone. */
export interface HashedSecret extends CredentialTimes {
  readonly kind: 'secret';
  readonly form: 'hashed';
  /** SHA-256 of the secret's UTF-8 bytes, 32 bytes. */
  readonly hash: Buffer;
  /** The secret's last four characters, for people to tell secrets apart. */
  readonly hint: string;
}

/** A secret kept whole under the master key: for `client_secret_jwt` alone. */
export interface EncryptedSecret extends CredentialTimes {
  readonly kind: 'secret';
  readonly form: 'encrypted';
  readonly sealed: Buffer;
  readonly hint: string;
}

export type SecretCredential = HashedSecret | EncryptedSecret;

/** A public key registered through `jwks`, for `private_key_jwt`. */
export interface KeyCredential extends CredentialTimes {
  readonly kind: 'key';
  /** Public members only. */
  readonly jwk: JWK;
  /** RFC 7638 SHA-256 thumbprint, base64url. Unique within a client. */
  readonly thumbprint: string;
}

/** A certificate known by itself: issued here, registered by hand, or given in `jwks` as `x5c`. */
export interface CertificateCredential extends CredentialTimes {
  readonly kind: 'certificate';
  /** `x5t#S256`: SHA-256 of the DER, base64url. Unique over all clients, also after revocation. */
  readonly x5t: string;
  /** The same digest in lower-case hexadecimal. */
  readonly fingerprint256: string;
  /** Lower-case hexadecimal. */
  readonly serialNumber: string;
  /** RFC 4514, for people; never compared. */
  readonly subject: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** The certificate; absent where the authority that issued it keeps it. */
  readonly der?: Buffer;
  /** The authority here that issued it. Absent: it was registered. */
  readonly authorityId?: string;
}

export type Credential = SecretCredential | KeyCredential | CertificateCredential;

/** Whether a credential may still authenticate at `now`: neither expired nor revoked. */
export function credentialIsUsable(credential: Credential, now: number): boolean {
  return (
    credential.revokedAt === undefined && (credential.expiresAt === undefined || now < credential.expiresAt)
  );
}
