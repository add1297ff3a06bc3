import type { CertificateOwnership } from './certificate-trust/certificate-ownership.ts';
import type { CertificateUse } from './certificate-trust/certificate-use.ts';
import type { Authenticated } from './client-authentication/method.ts';
import type { Eventually } from './eventually.ts';
import { type Refused, refuse } from './refusal.ts';
import type { OAuthRequest } from './request.ts';

type Binding = CertificateUse | Refused | undefined;

/**
 * The certificate that a token is bound to (RFC 8705 §3). One that comes with the connection binds, or the request is refused; it is
 * never passed over for a bearer token. Undefined: a bearer token is right.
 */
export function bindToken(
  authenticated: Authenticated,
  request: OAuthRequest,
  ownership: CertificateOwnership,
  now: number,
): Eventually<Binding> {
  if (authenticated.certificate !== undefined) return authenticated.certificate;
  const { client } = authenticated;
  if (request.certificate !== undefined) return ownership.forBinding(request.certificate, client, now);
  return client.certificateBoundAccessTokens
    ? refuse({ code: 'binding_required' }, client.clientId)
    : undefined;
}
