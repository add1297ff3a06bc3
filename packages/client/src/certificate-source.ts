import type { Credential } from './files/credential.ts';
import type { TakeOver } from './renewal/followers.ts';
import type { ClientCertificate } from './transport/connections.ts';

/** A certificate that is replaced from time to time, as `ManagedCertificate` is. */
export interface CertificateSource {
  /** The one in use; undefined before the first. */
  readonly credential: Credential | undefined;
  /** Offers each new one, before it replaces the one in use. Answers how to stop that. */
  follow(takeOver: TakeOver): () => void;
}

export function isCertificateSource(
  certificate: ClientCertificate | CertificateSource | undefined,
): certificate is CertificateSource {
  return certificate !== undefined && 'follow' in certificate;
}
