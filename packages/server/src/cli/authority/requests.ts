import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { AuthorityRequestDocument } from '../documents.ts';
import { relativeTime } from '../output/relative-time.ts';
import { table } from '../output/table.ts';
import { writeRequestFile } from './root-files.ts';

export const registerRequests: Register = (parent, context) => {
  adminCommand<{ out?: string }>(parent, context, {
    usage: 'requests',
    description: 'list the intermediates that their roots, kept elsewhere, have still to sign',
    scope: 'mortise:read',
    options: (command) => command.option('--out <dir>', 'folder into which the requests are written'),
    run: async ({ api, flags, print }) => {
      const requests = await api.all<AuthorityRequestDocument>('/authority-requests');
      const files = requests.map((request) =>
        flags.out === undefined ? '' : writeRequestFile(flags.out, request),
      );
      const now = context.now();
      print(requests, () =>
        requests.length === 0
          ? 'No requests.'
          : table(
              ['request', 'authority', 'subject', 'made', 'written'],
              requests.map((request, index) => [
                request.request_id,
                request.name,
                request.subject,
                relativeTime(request.created_at * 1000, now),
                files[index]!,
              ]),
            ),
      );
    },
  });
};
