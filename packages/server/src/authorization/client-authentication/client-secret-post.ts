import type { ClientAuthentication, PresentedSecret } from './method.ts';
import { verifySecret } from './verify-secret.ts';

/** RFC 6749 §2.3.1: id and secret in the body. */
export const clientSecretPost: ClientAuthentication<PresentedSecret> = {
  name: 'client_secret_post',
  source: 'client_secret',
  verify: (presented, client, now) => verifySecret('client_secret_post', presented.secretHash, client, now),
};
