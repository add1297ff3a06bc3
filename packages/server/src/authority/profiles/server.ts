import type { GeneralNameInput } from '@mortise/x509';
import { formatIp, parseIp } from '@mortise/x509';
import { AuthorityError } from '../authority-error.ts';
import type { GrantedNames, NameSources, Profile } from './profile.ts';
import { daySeconds, maximumCommonNameLength } from './profile.ts';

/** How many names one certificate holds at most. */
const maximumNames = 100;
const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const dnsName = new RegExp(`^(?=.{1,253}$)(\\*\\.)?${label}(\\.${label})*$`);

/** What a TLS server proves its DNS names and addresses with; an administrator vouches for them. */
export const serverProfile: Profile = {
  name: 'server',
  extendedKeyUsage: ['serverAuth'],
  keyUsage: (kind) => (kind === 'rsa' ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature']),
  defaultLifetimeSeconds: 90 * daySeconds,
  minimumLifetimeSeconds: 60,
  maximumLifetimeSeconds: 398 * daySeconds,
  registersCredential: false,

  grantNames({ names }: NameSources): GrantedNames {
    if (names.length === 0 || names.length > maximumNames) {
      throw new AuthorityError('names_invalid', `a server certificate holds 1 to ${maximumNames} names`);
    }
    const subjectAltName = names.map(readName);
    const values = subjectAltName.map(({ value }) => value);
    const commonName = values.find((value) => value.length <= maximumCommonNameLength);
    return {
      subject: commonName === undefined ? '' : `CN=${commonName}`,
      subjectAltName: subjectAltName.filter(({ value }, index) => values.indexOf(value) === index),
      commonNames: values,
    };
  },
};

function readName(text: string): GeneralNameInput & { readonly value: string } {
  const address = parseIp(text);
  if (address !== undefined) return { type: 'ip', value: formatIp(address) };
  const lower = text.toLowerCase();
  if (dnsName.test(lower) && !/^[\d.]+$/.test(lower)) return { type: 'dns', value: lower };
  throw new AuthorityError('names_invalid', 'a name is neither a DNS name nor an address', [
    text.slice(0, 255),
  ]);
}
