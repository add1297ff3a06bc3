import type { ProfileName } from '../issued-certificate.ts';
import { clientProfile } from './client.ts';
import type { Profile } from './profile.ts';
import { serverProfile } from './server.ts';

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  client: clientProfile,
  server: serverProfile,
};
