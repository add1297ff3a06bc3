import { AuthorityError } from '../../authority-error.ts';
import { nameText } from '../../certificate-names.ts';
import type { NameSource, ProfileDefinition } from '../profile-definition.ts';
import { namesFromAuthority } from './from-authority.ts';
import { namesFromClient } from './from-client.ts';
import { namesFromRequest } from './from-request.ts';
import type { GrantedNames, NameOrigins } from './granted-names.ts';
import { matchesPattern } from './name-pattern.ts';

const sources: Readonly<
  Record<NameSource, (profile: ProfileDefinition, origins: NameOrigins) => GrantedNames>
> = {
  client: namesFromClient,
  request: namesFromRequest,
  authority: namesFromAuthority,
};

/** The names that a certificate of this profile will hold. Throws AuthorityError. */
export function grantNames(profile: ProfileDefinition, origins: NameOrigins): GrantedNames {
  const granted = sources[profile.names](profile, origins);
  const { namePatterns } = profile;
  if (namePatterns === undefined) return granted;
  const refused = granted.subjectAltName
    .map(nameText)
    .filter((name) => !namePatterns.some((pattern) => matchesPattern(name, pattern)));
  if (refused.length === 0) return granted;
  throw new AuthorityError(
    'name_not_allowed',
    `the profile ${profile.name} allows no such name: ${refused.slice(0, 10).join(', ')}`,
    refused,
  );
}
