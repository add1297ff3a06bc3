import type { AuthenticationMethod } from './authentication-method.ts';

export interface TlsClientAuthOptions {
  readonly method: 'tls_client_auth';
}

/** The certificate of the connection, issued by an authority that the server trusts for this client (RFC 8705 §2.1). */
export const tlsClientAuth: AuthenticationMethod<TlsClientAuthOptions> = {
  name: 'tls_client_auth',
  needsCertificate: true,
  create: () => {
    return ({ form }, { clientId }) => form.set('client_id', clientId);
  },
};
