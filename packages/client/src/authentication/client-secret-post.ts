import type { AuthenticationMethod } from './authentication-method.ts';
import { checkSecret } from './client-secret.ts';

export interface ClientSecretPostOptions {
  readonly method: 'client_secret_post';
  readonly clientSecret: string;
}

/** Id and secret in the form (RFC 6749 §2.3.1). */
export const clientSecretPost: AuthenticationMethod<ClientSecretPostOptions> = {
  name: 'client_secret_post',
  needsCertificate: false,
  create({ clientSecret }) {
    checkSecret(clientSecret);
    return ({ form }, { clientId }) => {
      form.set('client_id', clientId);
      form.set('client_secret', clientSecret);
    };
  },
};
