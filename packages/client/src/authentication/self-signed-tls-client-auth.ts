import type { AuthenticationMethod } from './authentication-method.ts';

export interface SelfSignedTlsClientAuthOptions {
  readonly method: 'self_signed_tls_client_auth';
}

/** The certificate of the connection, registered with the server itself (RFC 8705 §2.2). */
export const selfSignedTlsClientAuth: AuthenticationMethod<SelfSignedTlsClientAuthOptions> = {
  name: 'self_signed_tls_client_auth',
  needsCertificate: true,
  create: () => {
    return ({ form }, { clientId }) => form.set('client_id', clientId);
  },
};
