import type { CertificateOwnership } from '../certificate-trust/certificate-ownership.ts';
import { Refused } from '../refusal.ts';
import type { ClientAuthentication, PresentedInHandshake } from './method.ts';

/** RFC 8705 §2.2: the certificate is, octet by octet, one that the client registered as `x5c` in its `jwks`. */
export function selfSignedTlsClientAuth(
  ownership: CertificateOwnership,
): ClientAuthentication<PresentedInHandshake> {
  return {
    name: 'self_signed_tls_client_auth',
    source: 'certificate',
    async verify({ certificate }, client, now) {
      const use = await ownership.byRegistration(certificate, client, now);
      if (use instanceof Refused) return use;
      return {
        client,
        method: 'self_signed_tls_client_auth',
        credentialId: use.credentialId,
        certificate: use,
      };
    },
  };
}
