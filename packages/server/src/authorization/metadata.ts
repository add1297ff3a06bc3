import { authenticationMethods } from '../clients/index.ts';
import { asymmetricAlgorithms, symmetricAlgorithms } from './client-authentication/jws-signature.ts';

/** The outer URLs, as stored at the first start: never from a request. */
export interface AuthorizationEndpoints {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly token: EndpointUrls;
  readonly introspection: EndpointUrls;
  readonly revocation: EndpointUrls;
}

export interface EndpointUrls {
  /** On the listener that asks for no certificate. */
  readonly url: string;
  /** On the listener that does (RFC 8705 §5). */
  readonly mtlsUrl: string;
}

/** RFC 8414 §2, with the members of RFC 8705 §3.3 and §5. Members that would be empty lists are left out (§3.2). */
export function authorizationServerMetadata(
  { issuer, jwksUri, token, introspection, revocation }: AuthorizationEndpoints,
  grantTypes: readonly string[],
): Readonly<Record<string, unknown>> {
  const methods = [...authenticationMethods];
  const algorithms = [...asymmetricAlgorithms, ...symmetricAlgorithms];
  return {
    issuer,
    token_endpoint: token.url,
    jwks_uri: jwksUri,
    grant_types_supported: [...grantTypes],
    // Required by RFC 8414 §2 although no grant here has an authorization endpoint (erratum 7793 is about that).
    response_types_supported: [],
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    introspection_endpoint: introspection.url,
    introspection_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint: revocation.url,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    tls_client_certificate_bound_access_tokens: true,
    mtls_endpoint_aliases: {
      token_endpoint: token.mtlsUrl,
      introspection_endpoint: introspection.mtlsUrl,
      revocation_endpoint: revocation.mtlsUrl,
    },
  };
}
