import type { JsonObject, JsonValue } from '../../events/index.ts';
import { AuthorityError } from '../authority-error.ts';
import { isProfileName, type ProfileDefinition } from './profile-definition.ts';
import { profileMembers } from './profile-members.ts';
import { shippedProfile, shippedProfiles } from './shipped/shipped.ts';

/** Every member that the document of a profile may have. */
export const profileMemberNames: readonly string[] = ['based_on', ...Object.keys(profileMembers)];

/**
 * Reads the document of a profile: its members, and the rest from the shipped profile that it is based on (`based_on`; a profile of a
 * shipped name is based on that one). Throws AuthorityError `profile_invalid`, whose `member` names what is at fault and whose message says
 * what is allowed.
 */
export function readProfile(name: string, document: unknown): ProfileDefinition {
  if (!isProfileName(name)) {
    throw invalid('name', 'the name of a profile is 1 to 63 lower-case letters, digits and hyphens');
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw invalid(undefined, 'a profile must be members with values');
  }
  const { based_on: basedOn, ...members } = document as Record<string, unknown>;
  const definition: Record<string, unknown> = { ...baseOf(name, basedOn), name };
  for (const [member, value] of Object.entries(members)) {
    const known = Object.hasOwn(profileMembers, member) ? profileMembers[member] : undefined;
    if (known === undefined) {
      const name = JSON.stringify(member.slice(0, 64));
      throw invalid(
        member,
        `${name} is no member of a profile; allowed are ${profileMemberNames.join(', ')}`,
      );
    }
    const read = known.read(value);
    if (read === undefined) throw invalid(member, `${member} must be ${known.allowed}`);
    definition[known.key] = read;
  }
  const profile = definition as unknown as ProfileDefinition;
  checkTogether(profile);
  return profile;
}

/** A profile with all of its members, as the admin API shows it. */
export function profileDocument(profile: ProfileDefinition): JsonObject {
  const members = Object.entries(profileMembers).flatMap(([member, { key, write }]) => {
    const value = profile[key];
    return value === undefined ? [] : [[member, write === undefined ? value : write(value)]];
  });
  return { name: profile.name, ...(Object.fromEntries(members) as Record<string, JsonValue>) };
}

function baseOf(name: string, basedOn: unknown): ProfileDefinition {
  const shipped = shippedProfile(name);
  const names = shippedProfiles.map((profile) => profile.name).join(', ');
  if (shipped !== undefined) {
    if (basedOn === undefined || basedOn === name) return shipped;
    throw invalid('based_on', `based_on must be ${name}: it is a shipped profile`);
  }
  const base = typeof basedOn === 'string' ? shippedProfile(basedOn) : undefined;
  if (base === undefined) throw invalid('based_on', `based_on must be one of ${names}`);
  return base;
}

/** What no member is wrong about by itself. */
function checkTogether(profile: ProfileDefinition): void {
  const {
    minimumLifetimeSeconds: minimum,
    defaultLifetimeSeconds: usual,
    maximumLifetimeSeconds: maximum,
  } = profile;
  if (minimum > maximum) {
    throw invalid(
      'minimum_lifetime_seconds',
      `minimum_lifetime_seconds must be at most ${maximum}, the maximum`,
    );
  }
  if (usual < minimum || usual > maximum) {
    throw invalid(
      'default_lifetime_seconds',
      `default_lifetime_seconds must be from ${minimum} to ${maximum}, within the bounds of the profile`,
    );
  }
  const forAuthorities = profile.names === 'authority';
  const signs = profile.keyUsage.includes('keyCertSign');
  if (forAuthorities !== signs) {
    throw invalid('key_usage', 'key_usage must have keyCertSign where names is authority, and there alone');
  }
  if (!forAuthorities && profile.keyUsage.includes('cRLSign')) {
    throw invalid('key_usage', 'key_usage must have cRLSign only where names is authority');
  }
  if (!forAuthorities && profile.pathLength !== undefined) {
    throw invalid('path_length', 'path_length must be absent where names is not authority');
  }
  if (profile.uri === 'client' && profile.names !== 'client') {
    throw invalid('uri', 'uri must be spiffe or none where names is not client');
  }
  if (forAuthorities && profile.uri !== 'none') {
    throw invalid('uri', 'uri must be none where names is authority');
  }
  if (profile.trustDomain !== undefined && profile.uri !== 'spiffe') {
    throw invalid('trust_domain', 'trust_domain must be absent where uri is not spiffe');
  }
  if (profile.uri === 'spiffe' && !profile.keyUsage.includes('digitalSignature')) {
    throw invalid('key_usage', 'key_usage must have digitalSignature where uri is spiffe');
  }
  if (profile.acme) checkAcme(profile);
}

const anyExtendedKeyUsage = '2.5.29.37.0';

/**
 * ACME authorizes for the DNS name of its client whom an administrator has let in, without a challenge: enough for a client, not for a server.
 */
function checkAcme({ names, uri, extendedKeyUsage }: ProfileDefinition): void {
  if (names === 'authority') throw invalid('acme', 'acme must be false where names is authority');
  if (names === 'request' && uri !== 'none') {
    throw invalid('acme', 'acme must be false where names is request and uri is not none');
  }
  // Whoever proves a DNS name must not thereby speak for the client that is recognised by it.
  const forClients =
    extendedKeyUsage.length === 0 ||
    extendedKeyUsage.some((purpose) => purpose === 'clientAuth' || purpose === anyExtendedKeyUsage);
  if (names === 'request' && forClients) {
    throw invalid(
      'acme',
      'acme must be false where names is request and extended_key_usage is empty or lets clients authenticate',
    );
  }
  const clientAuthOnly = extendedKeyUsage.length === 1 && extendedKeyUsage[0] === 'clientAuth';
  if (names === 'client' && !clientAuthOnly) {
    throw invalid(
      'acme',
      'acme must be false where names is client and extended_key_usage is not clientAuth alone',
    );
  }
}

function invalid(member: string | undefined, message: string): AuthorityError {
  return new AuthorityError('profile_invalid', message, [], member);
}
