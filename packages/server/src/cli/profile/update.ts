import { adminCommand } from '../admin-command.ts';
import { collect, type Register } from '../context.ts';
import { wrongUse } from '../failure.ts';
import { describeProfile, type ProfileDocument } from './profile-document.ts';
import { addProfileFlags, type ProfileFlags, profileMembers } from './profile-flags.ts';

export const registerUpdate: Register = (parent, context) => {
  adminCommand<ProfileFlags & { reset?: string[] }>(parent, context, {
    usage: 'update <profile>',
    description: 'change a profile; what is not named stays. Certificates that were issued stay as they are',
    scope: 'mortise:admin',
    options: (command) =>
      addProfileFlags(command).option(
        '--reset <member>',
        'give a member back to what the profile is based on, e.g. name_patterns; repeatable',
        collect,
      ),
    run: async ({ api, flags, args, print }) => {
      const changes = {
        ...Object.fromEntries((flags.reset ?? []).map((member) => [member, null])),
        ...profileMembers(flags),
      };
      if (Object.keys(changes).length === 0) throw wrongUse('name at least one member to change');
      const changed = await api.patch<ProfileDocument>(`/profiles/${encodeURIComponent(args[0]!)}`, changes);
      print(changed, () => describeProfile(changed));
    },
  });
};
