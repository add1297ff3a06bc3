/** A certificate found to be this client's, and what a token bound to it has to carry. */
export interface CertificateUse {
  /** `x5t#S256`. */
  readonly x5t: string;
  /** Epoch milliseconds. */
  readonly notAfter: number;
  /** The credential that the certificate is, where it is registered. */
  readonly credentialId: string | undefined;
  /** The authorities of this server on its path. */
  readonly authorityIds: readonly string[];
}
