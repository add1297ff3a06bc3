import {
  AuthorityError,
  type ProfileDefinition,
  profileMemberNames,
  readProfile,
} from '../authority/index.ts';
import type { ConfiguredProfile } from '../config/index.ts';

/** The profiles of the configuration. Throws ConfigError, which names the line and what is allowed. */
export function configuredProfiles(profiles: readonly ConfiguredProfile[]): ProfileDefinition[] {
  return profiles.map(({ name, document, error, unknownMember }) => {
    const unknown = Object.keys(document ?? {}).find((member) => !profileMemberNames.includes(member));
    if (typeof document === 'object' && !Array.isArray(document) && unknown !== undefined) {
      throw unknownMember(unknown, profileMemberNames);
    }
    try {
      return readProfile(name, document ?? {});
    } catch (refusal) {
      if (refusal instanceof AuthorityError) throw error(refusal.member, refusal.message);
      throw refusal;
    }
  });
}
