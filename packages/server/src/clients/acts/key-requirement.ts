import { invalidMember } from '../client-error.ts';
import type { Credential } from '../credential.ts';
import type { Registration } from '../registration.ts';

/**
 * A client of `private_key_jwt` without any key could never authenticate. `existing` counts where the registration
 * leaves the keys alone. Throws ClientError.
 */
export function requireKeys(registration: Registration, existing: readonly Credential[]): void {
  const { tokenEndpointAuthMethod, jwksUri, keySet } = registration;
  if (tokenEndpointAuthMethod !== 'private_key_jwt' || jwksUri !== undefined) return;
  const hasKey = keySet?.keys.length ?? existing.filter((credential) => credential.kind === 'key').length;
  if (hasKey === 0) throw invalidMember('jwks', 'private_key_jwt needs a key here, or jwks_uri');
}
