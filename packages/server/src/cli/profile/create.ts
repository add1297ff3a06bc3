import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import { describeProfile, type ProfileDocument } from './profile-document.ts';
import { addProfileFlags, type ProfileFlags, profileMembers } from './profile-flags.ts';

export const registerCreate: Register = (parent, context) => {
  adminCommand<ProfileFlags & { basedOn: string }>(parent, context, {
    usage: 'create <profile>',
    description: 'make a profile from a shipped one',
    scope: 'mortise:admin',
    options: (command) =>
      addProfileFlags(
        command.requiredOption('--based-on <profile>', 'the shipped profile that the rest is taken from'),
      ),
    run: async ({ api, flags, args, print }) => {
      const body = { name: args[0], based_on: flags.basedOn, ...profileMembers(flags) };
      const made = await api.post<ProfileDocument>('/profiles', body);
      print(made, () => describeProfile(made));
    },
  });
};
