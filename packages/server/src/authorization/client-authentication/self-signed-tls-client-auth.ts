import type { CertificateOwnership } from '../certificate-trust/certificate-ownership.ts';
import type { ClientAuthentication, PresentedInHandshake } from './method.ts';
import { provenByCertificate } from './proven-by-certificate.ts';

/** RFC 8705 §2.2: the certificate is, octet by octet, one that the client registered as `x5c` in its `jwks`. */
export function selfSignedTlsClientAuth(
  ownership: CertificateOwnership,
): ClientAuthentication<PresentedInHandshake> {
  return {
    name: 'self_signed_tls_client_auth',
    source: 'certificate',
    verify: ({ certificate }, client, now) =>
      provenByCertificate(
        'self_signed_tls_client_auth',
        client,
        ownership.byRegistration(certificate, client, now),
      ),
  };
}
