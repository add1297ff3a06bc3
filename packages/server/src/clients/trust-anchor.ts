/**
 * A certification authority that may vouch for a client, pinned by key: `spkiSha256` is what is compared,
 * the name never is on its own.
 */
export interface TrustAnchor {
  readonly id: string;
  /** The whole certificate, where it was given; its name constraints then count. */
  readonly certificate?: Buffer;
  /** DER of the Name. */
  readonly subject: Buffer;
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  /** SHA-256 of `spki`, lower-case hexadecimal: the pin. */
  readonly spkiSha256: string;
}
