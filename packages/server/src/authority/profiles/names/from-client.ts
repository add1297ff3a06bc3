import type { GeneralNameInput } from '@mortise/x509';
import { type ClientRecord, clientDnsName, type TlsClientAuth } from '../../../clients/index.ts';
import { AuthorityError } from '../../authority-error.ts';
import type { ProfileDefinition } from '../profile-definition.ts';
import { spiffeIdOf } from './client-uri.ts';
import type { GrantedNames, NameOrigins } from './granted-names.ts';
import { maximumCommonNameLength } from './granted-names.ts';

/**
 * The names that a client's record says: that of its matcher, or without one the URI `<issuer>/clients/<client_id>`; its DNS name where that is
 * asked for; and its SPIFFE ID where the profile wants that. Throws AuthorityError.
 */
export function namesFromClient(
  profile: ProfileDefinition,
  { client, names, issuer }: NameOrigins,
): GrantedNames {
  if (client === undefined) {
    throw new AuthorityError(
      'client_required',
      `a certificate of the profile ${profile.name} is issued to a client`,
    );
  }
  const dnsName = clientDnsName(client, issuer);
  const refused = names.filter((name) => name !== dnsName);
  if (refused.length > 0) {
    throw new AuthorityError(
      'names_not_allowed',
      'the names of a client certificate come from the record of its client',
      refused,
    );
  }
  const asked: GeneralNameInput[] = names.length === 0 ? [] : [{ type: 'dns', value: dnsName }];
  const commonNames = [client.clientId, ...(names.length === 0 ? [] : [dnsName])];
  // ACME clients renew what a certificate is called by, too: where a name was ordered it is that one.
  const commonName = names.length === 0 ? client.clientId : dnsName;
  const subject = commonName.length > maximumCommonNameLength ? '' : `CN=${commonName}`;
  const matched = matchedNames(profile, client, issuer);
  const alternatives = matched.filter(
    ({ kind }) => kind !== 'subject_dn' && !(kind === 'san_dns' && asked.length > 0),
  );
  return {
    subject: matched.find(({ kind }) => kind === 'subject_dn')?.value ?? subject,
    subjectAltName: [...asked, ...alternatives.map(alternativeName)],
    commonNames: [...commonNames, ...alternatives.map(({ value }) => value)],
  };
}

/** By what the client is recognised, and the URI that the profile adds. */
function matchedNames(profile: ProfileDefinition, client: ClientRecord, issuer: string): TlsClientAuth[] {
  const registered = client.tlsClientAuth;
  switch (profile.uri) {
    case 'spiffe': {
      const id: TlsClientAuth = { kind: 'san_uri', value: spiffeIdOf(client, profile, issuer) };
      return registered === undefined || registered.kind === 'san_uri' ? [id] : [registered, id];
    }
    case 'client':
      return [registered ?? { kind: 'san_uri', value: `${issuer}/clients/${client.clientId}` }];
    case 'none':
      return registered === undefined ? [] : [registered];
  }
}

function alternativeName({ kind, value }: TlsClientAuth): GeneralNameInput {
  switch (kind) {
    case 'san_dns':
      return { type: 'dns', value };
    case 'san_uri':
      return { type: 'uri', value };
    case 'san_ip':
      return { type: 'ip', value };
    case 'san_email':
      return { type: 'email', value };
    case 'subject_dn':
      throw new TypeError('a subject is no alternative name');
  }
}
