import type { AuthenticationMethod } from './authentication-method.ts';
import { checkSecret } from './client-secret.ts';

export interface ClientSecretBasicOptions {
  readonly method: 'client_secret_basic';
  readonly clientSecret: string;
}

/** HTTP Basic, with both parts form-encoded first (RFC 6749 §2.3.1). */
export const clientSecretBasic: AuthenticationMethod<ClientSecretBasicOptions> = {
  name: 'client_secret_basic',
  needsCertificate: false,
  create({ clientSecret }) {
    checkSecret(clientSecret);
    return ({ headers }, { clientId }) => {
      const credentials = Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`);
      headers['authorization'] = `Basic ${credentials.toString('base64')}`;
    };
  },
};

/** RFC 6749 Appendix B. */
function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
