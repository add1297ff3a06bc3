import { Name, X509Error } from '@mortise/x509';
import { AuthorityError } from '../../authority-error.ts';
import type { ProfileDefinition } from '../profile-definition.ts';
import type { GrantedNames, NameOrigins } from './granted-names.ts';
import { maximumCommonNameLength } from './granted-names.ts';

/** The certificate of an authority has a subject, `CN=<name>`, and no alternative names: an administrator gives the one name. */
export function namesFromAuthority(_profile: ProfileDefinition, { names }: NameOrigins): GrantedNames {
  const [name] = names;
  if (
    name === undefined ||
    names.length > 1 ||
    name.length > maximumCommonNameLength ||
    !/^[^\p{C}]+$/u.test(name)
  ) {
    throw new AuthorityError(
      'names_invalid',
      'the certificate of an authority has one name, of 1 to 64 characters',
    );
  }
  const escaped = name.replace(/[,+"\\<>;=#]|^ | $/g, (character) => `\\${character}`);
  try {
    return { subject: Name.parse(`CN=${escaped}`).toString(), subjectAltName: [], commonNames: [name] };
  } catch (error) {
    if (error instanceof X509Error) throw new AuthorityError('names_invalid', error.message, [name]);
    throw error;
  }
}
