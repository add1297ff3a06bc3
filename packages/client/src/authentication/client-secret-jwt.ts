import { addAssertion } from './assertion.ts';
import type { AuthenticationMethod } from './authentication-method.ts';
import { checkSecret } from './client-secret.ts';

export interface ClientSecretJwtOptions {
  readonly method: 'client_secret_jwt';
  readonly clientSecret: string;
}

/** An assertion with an HMAC under the secret (OpenID Connect Core §9); HS256. */
export const clientSecretJwt: AuthenticationMethod<ClientSecretJwtOptions> = {
  name: 'client_secret_jwt',
  needsCertificate: false,
  create({ clientSecret }) {
    checkSecret(clientSecret);
    const key = new TextEncoder().encode(clientSecret);
    return (draft, context) => addAssertion(draft, context, { algorithm: 'HS256', key });
  },
};
