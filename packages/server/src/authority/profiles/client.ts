import type { GeneralNameInput } from '@mortise/x509';
import { type ClientRecord, clientDnsName, type TlsClientAuth } from '../../clients/index.ts';
import { AuthorityError } from '../authority-error.ts';
import type { GrantedNames, NameSources, Profile } from './profile.ts';
import { daySeconds, maximumCommonNameLength } from './profile.ts';

/**
 * What a client proves itself with by mutual TLS (RFC 8705 §2.1). Its names are those that the client's record says:
 * the name of its matcher, or without one the URI `<issuer>/clients/<client_id>`; and its DNS name where that is asked for.
 */
export const clientProfile: Profile = {
  name: 'client',
  extendedKeyUsage: ['clientAuth'],
  keyUsage: () => ['digitalSignature'],
  defaultLifetimeSeconds: 90 * daySeconds,
  minimumLifetimeSeconds: 60,
  maximumLifetimeSeconds: 398 * daySeconds,
  registersCredential: true,

  grantNames({ client, names, issuer }: NameSources): GrantedNames {
    if (client === undefined) {
      throw new AuthorityError(
        'client_required',
        'a certificate of the profile client is issued to a client',
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
    const matcher = client.tlsClientAuth ?? defaultMatcher(client, issuer);
    const asked: GeneralNameInput[] = names.length === 0 ? [] : [{ type: 'dns', value: dnsName }];
    const commonNames = [client.clientId, ...(names.length === 0 ? [] : [dnsName])];
    const { kind, value } = matcher;
    if (kind === 'subject_dn') return { subject: value, subjectAltName: asked, commonNames };
    const matched = kind === 'san_dns' && asked.length > 0 ? [] : [alternativeName({ kind, value })];
    // ACME clients renew what a certificate is called by, too: where a name was ordered it is that one.
    const commonName = names.length === 0 ? client.clientId : dnsName;
    return {
      subject: commonName.length > maximumCommonNameLength ? '' : `CN=${commonName}`,
      subjectAltName: [...asked, ...matched],
      commonNames: [...commonNames, value],
    };
  },
};

function defaultMatcher(client: ClientRecord, issuer: string): TlsClientAuth {
  return { kind: 'san_uri', value: `${issuer}/clients/${client.clientId}` };
}

function alternativeName(matcher: {
  readonly kind: Exclude<TlsClientAuth['kind'], 'subject_dn'>;
  readonly value: string;
}): GeneralNameInput {
  const { kind, value } = matcher;
  switch (kind) {
    case 'san_dns':
      return { type: 'dns', value };
    case 'san_uri':
      return { type: 'uri', value };
    case 'san_ip':
      return { type: 'ip', value };
    case 'san_email':
      return { type: 'email', value };
  }
}
