import { ClientError } from '../errors.ts';

/** Throws `configuration_invalid` for what is no secret. */
export function checkSecret(clientSecret: unknown): void {
  if (typeof clientSecret === 'string' && clientSecret !== '') return;
  throw new ClientError('configuration_invalid', '"authentication.clientSecret" must be a non-empty string');
}
