import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { EnrolmentKeyDocument } from '../documents.ts';
import { relativeTime } from '../output/relative-time.ts';
import { table } from '../output/table.ts';

export const registerList: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'list <client-id>',
    description: 'list the keys of a client that may still bind an ACME account (never the keys themselves)',
    scope: 'mortise:read',
    run: async ({ api, args, print }) => {
      const id = args[0]!;
      const keys = await api.all<EnrolmentKeyDocument>(`/clients/${encodeURIComponent(id)}/enrolments`);
      const now = context.now();
      print(keys, () =>
        keys.length === 0
          ? `${id} has no key that waits. Make one: mortise client enrol ${id}`
          : table(
              ['key', 'profile', 'created', 'expires'],
              keys.map((key) => [
                key.eab_kid,
                key.profile,
                relativeTime(key.created_at * 1000, now),
                relativeTime(key.eab_expires_at * 1000, now),
              ]),
            ),
      );
    },
  });
};
