import type { GeneralNameInput } from '@mortise/x509';
import { formatIp, parseIp } from '@mortise/x509';
import { AuthorityError } from '../../authority-error.ts';
import type { ProfileDefinition } from '../profile-definition.ts';
import { spiffeIdOf } from './client-uri.ts';
import type { GrantedNames, NameOrigins } from './granted-names.ts';
import { maximumCommonNameLength } from './granted-names.ts';

/** How many names one certificate holds at most. */
const maximumNames = 100;
const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const dnsName = new RegExp(`^(?=.{1,253}$)(\\*\\.)?${label}(\\.${label})*$`);
/** What ends in a number is an address to whoever reads it in a URL, and maybe another one than it looks like. */
const endsInNumber = /(^|\.)(\d+|0x[0-9a-f]*)$/;

/** The DNS names and addresses that were given or proven, and the SPIFFE ID of the client where the profile wants that. Throws AuthorityError. */
export function namesFromRequest(
  profile: ProfileDefinition,
  { client, names, issuer }: NameOrigins,
): GrantedNames {
  if (names.length === 0 || names.length > maximumNames) {
    throw new AuthorityError(
      'names_invalid',
      `a certificate of the profile ${profile.name} holds 1 to ${maximumNames} names`,
    );
  }
  const given = names.map(readName);
  const values = given.map(({ value }) => value);
  const commonName = values.find((value) => value.length <= maximumCommonNameLength);
  return {
    subject: commonName === undefined ? '' : `CN=${commonName}`,
    subjectAltName: [
      ...given.filter(({ value }, index) => values.indexOf(value) === index),
      ...spiffeName(profile, client, issuer),
    ],
    commonNames: values,
  };
}

function spiffeName(
  profile: ProfileDefinition,
  client: NameOrigins['client'],
  issuer: string,
): GeneralNameInput[] {
  if (profile.uri === 'none') return [];
  if (client === undefined) {
    throw new AuthorityError(
      'client_required',
      `a certificate of the profile ${profile.name} is issued to a client`,
    );
  }
  return [{ type: 'uri', value: spiffeIdOf(client, profile, issuer) }];
}

function readName(text: string): GeneralNameInput & { readonly value: string } {
  const address = parseIp(text);
  if (address !== undefined) return { type: 'ip', value: formatIp(address) };
  const lower = text.toLowerCase();
  if (dnsName.test(lower) && !endsInNumber.test(lower)) return { type: 'dns', value: lower };
  const shown = text.slice(0, 255);
  throw new AuthorityError('names_invalid', `${JSON.stringify(shown)} is neither a DNS name nor an address`, [
    shown,
  ]);
}
