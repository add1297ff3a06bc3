import type { CertificateOwnership } from '../certificate-trust/certificate-ownership.ts';
import type { AssertionUses } from './assertion-uses.ts';
import { clientSecretBasic } from './client-secret-basic.ts';
import { clientSecretJwt, type SecretKeys } from './client-secret-jwt.ts';
import { clientSecretPost } from './client-secret-post.ts';
import type { ClientAuthentication } from './method.ts';
import { privateKeyJwt } from './private-key-jwt.ts';
import type { RemoteKeySets } from './remote-key-sets.ts';
import { selfSignedTlsClientAuth } from './self-signed-tls-client-auth.ts';
import { tlsClientAuth } from './tls-client-auth.ts';

export interface ClientAuthenticationOptions {
  readonly ownership: CertificateOwnership;
  readonly uses: AssertionUses;
  readonly remoteKeySets: RemoteKeySets;
  readonly secretKeys: SecretKeys;
}

/** The ways to authenticate that the endpoints know. */
export function clientAuthenticationMethods({
  ownership,
  uses,
  remoteKeySets,
  secretKeys,
}: ClientAuthenticationOptions): readonly ClientAuthentication[] {
  return [
    clientSecretBasic,
    clientSecretPost,
    clientSecretJwt(secretKeys, uses),
    privateKeyJwt(remoteKeySets, uses),
    tlsClientAuth(ownership),
    selfSignedTlsClientAuth(ownership),
  ];
}
