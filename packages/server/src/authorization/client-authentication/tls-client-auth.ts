import type { CertificateOwnership } from '../certificate-trust/certificate-ownership.ts';
import { Refused } from '../refusal.ts';
import type { ClientAuthentication, PresentedInHandshake } from './method.ts';

/** RFC 8705 §2.1: the certificate leads to the client's trust anchors and is named as the client registered. */
export function tlsClientAuth(ownership: CertificateOwnership): ClientAuthentication<PresentedInHandshake> {
  return {
    name: 'tls_client_auth',
    source: 'certificate',
    async verify({ certificate }, client, now) {
      const use = await ownership.byPath(certificate, client, now);
      if (use instanceof Refused) return use;
      return { client, method: 'tls_client_auth', credentialId: use.credentialId, certificate: use };
    },
  };
}
