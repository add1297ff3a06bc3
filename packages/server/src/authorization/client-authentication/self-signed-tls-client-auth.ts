import type { Client } from '../../clients/index.ts';
import type { CertificateOwnership } from '../certificate-trust/certificate-ownership.ts';
import type { CertificateUse } from '../certificate-trust/certificate-use.ts';
import { Refused } from '../refusal.ts';
import type { PresentedCertificate } from '../request.ts';
import type { ClientAuthentication, PresentedInHandshake } from './method.ts';
import type { RemoteKeySets } from './remote-key-sets.ts';

/** RFC 8705 §2.2: the certificate is, octet by octet, one that the client registered (`x5c` in `jwks` or at `jwks_uri`). */
export function selfSignedTlsClientAuth(
  ownership: CertificateOwnership,
  remote: RemoteKeySets,
): ClientAuthentication<PresentedInHandshake> {
  return {
    name: 'self_signed_tls_client_auth',
    source: 'certificate',
    async verify({ certificate }, client, now) {
      let use = await ownership.byRegistration(certificate, client, now);
      if (
        use instanceof Refused &&
        use.reason.code === 'certificate_not_registered' &&
        client.jwksUri !== undefined
      ) {
        use = await remotelyRegistered(certificate, client, client.jwksUri);
      }
      if (use instanceof Refused) return use;
      return {
        client,
        method: 'self_signed_tls_client_auth',
        credentialId: use.credentialId,
        certificate: use,
      };
    },
  };

  async function remotelyRegistered(
    presented: PresentedCertificate,
    client: Client,
    uri: string,
  ): Promise<CertificateUse | Refused> {
    const base64 = presented.der.toString('base64');
    const keys = await remote.keys(uri, (known) => known.some((key) => key.certificate === base64));
    if (keys instanceof Refused) return new Refused(keys.reason, client.clientId);
    if (!keys.some((key) => key.certificate === base64)) {
      return new Refused({ code: 'certificate_not_registered' }, client.clientId);
    }
    return ownership.notDenied(
      {
        x5t: presented.x5t,
        notAfter: presented.certificate.notAfter,
        credentialId: undefined,
        authorityIds: [],
      },
      client,
    );
  }
}
