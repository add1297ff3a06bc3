import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import { describeProfile, type ProfileDocument } from './profile-document.ts';

export const registerShow: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'show <profile>',
    description: 'show one profile with all its members',
    scope: 'mortise:read',
    run: async ({ api, args, print }) => {
      const profile = await api.get<ProfileDocument>(`/profiles/${encodeURIComponent(args[0]!)}`);
      print(profile, () => describeProfile(profile));
    },
  });
};
