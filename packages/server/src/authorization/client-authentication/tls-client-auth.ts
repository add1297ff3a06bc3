import type { CertificateOwnership } from '../certificate-trust/certificate-ownership.ts';
import type { ClientAuthentication, PresentedInHandshake } from './method.ts';
import { provenByCertificate } from './proven-by-certificate.ts';

/** RFC 8705 §2.1: the certificate leads to the client's trust anchors and is named as the client registered. */
export function tlsClientAuth(ownership: CertificateOwnership): ClientAuthentication<PresentedInHandshake> {
  return {
    name: 'tls_client_auth',
    source: 'certificate',
    verify: ({ certificate }, client, now) =>
      provenByCertificate('tls_client_auth', client, ownership.byPath(certificate, client, now)),
  };
}
