import type { ProfileDefinition } from '../profile-definition.ts';
import { clientProfile } from './client.ts';
import { intermediateProfile } from './intermediate.ts';
import { serverProfile } from './server.ts';
import { shortLivedProfile } from './short-lived.ts';
import { spiffeProfile } from './spiffe.ts';

/** The profiles that are there without anybody having made them. */
export const shippedProfiles: readonly ProfileDefinition[] = [
  clientProfile,
  serverProfile,
  spiffeProfile,
  intermediateProfile,
  shortLivedProfile,
];

/** The shipped profile of this name. */
export function shippedProfile(name: string): ProfileDefinition | undefined {
  return shippedProfiles.find((profile) => profile.name === name);
}
