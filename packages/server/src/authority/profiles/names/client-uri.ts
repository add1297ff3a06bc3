import type { ClientRecord } from '../../../clients/index.ts';
import { AuthorityError } from '../../authority-error.ts';
import type { ProfileDefinition } from '../profile-definition.ts';
import { trustDomainOf } from './spiffe-id.ts';

/**
 * The SPIFFE ID of a client: its `tls_client_auth_san_uri`, or for a client that no URI is registered for,
 * `spiffe://<trust domain>/clients/<client_id>`. Throws AuthorityError `names_invalid` if the record has another URI or another trust domain.
 */
export function spiffeIdOf(
  client: ClientRecord,
  profile: Pick<ProfileDefinition, 'name' | 'trustDomain'>,
  issuer: string,
): string {
  const matcher = client.tlsClientAuth;
  const registered = matcher?.kind === 'san_uri' ? matcher.value : undefined;
  const id =
    registered ?? `spiffe://${profile.trustDomain ?? new URL(issuer).hostname}/clients/${client.clientId}`;
  const domain = trustDomainOf(id);
  if (domain === undefined) {
    throw new AuthorityError(
      'names_invalid',
      registered === undefined
        ? `client ${client.clientId} has no SPIFFE ID; register one as its tls_client_auth_san_uri`
        : `the tls_client_auth_san_uri of client ${client.clientId} is no SPIFFE ID (spiffe://<trust domain>/<path>)`,
      [id],
    );
  }
  if (profile.trustDomain !== undefined && domain !== profile.trustDomain) {
    throw new AuthorityError(
      'names_invalid',
      `the profile ${profile.name} is for the trust domain ${profile.trustDomain}`,
      [id],
    );
  }
  return id;
}
