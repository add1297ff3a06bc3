import type { JWK } from 'jose';

export const signingAlgorithms = ['ES256', 'EdDSA', 'RS256', 'PS256'] as const;

export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/**
 * A signing key as stored. Whether it is published, current or superseded follows from the times (epoch
 * milliseconds) of it and its successor, and is not stored.
 */
export interface SigningKeyRecord {
  /** RFC 7638 SHA-256 thumbprint of the public key, base64url. */
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  /** Public members only. */
  readonly publicJwk: JWK;
  /** PKCS#8 DER under the master key; absent once retired or revoked. */
  readonly sealedPrivateKey?: Buffer;
  /** From then on in the JWKS. */
  readonly createdAt: number;
  /** From then on it signs, until a later key of its algorithm does. */
  readonly activatesAt: number;
  /** Since then it is out of the JWKS, because every token that it signed has expired. */
  readonly retiredAt?: number;
  /** Since then it is out of the JWKS and its tokens are dead. */
  readonly revokedAt?: number;
}
