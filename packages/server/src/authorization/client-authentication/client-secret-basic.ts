import type { ClientAuthentication, PresentedHeader } from './method.ts';
import { verifySecret } from './verify-secret.ts';

/** RFC 6749 §2.3.1: id and secret in the Authorization header. */
export const clientSecretBasic: ClientAuthentication<PresentedHeader> = {
  name: 'client_secret_basic',
  source: 'authorization',
  verify: (presented, client, now) => verifySecret('client_secret_basic', presented.secretHash, client, now),
};
