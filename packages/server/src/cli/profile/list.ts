import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import { table } from '../output/table.ts';
import { duration, type ProfileDocument } from './profile-document.ts';

export const registerList: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'list',
    description: 'list what certificates may hold',
    scope: 'mortise:read',
    run: async ({ api, print }) => {
      const profiles = await api.all<ProfileDocument>('/profiles');
      print(profiles, () =>
        table(
          ['profile', 'names', 'uri', 'purposes', 'lifetime', 'at most', 'acme', 'source'],
          profiles.map((profile) => [
            profile.name,
            profile.names,
            profile.uri,
            profile.extended_key_usage.join(' '),
            duration(profile.default_lifetime_seconds),
            duration(profile.maximum_lifetime_seconds),
            profile.acme ? 'yes' : 'no',
            profile.source,
          ]),
        ),
      );
    },
  });
};
