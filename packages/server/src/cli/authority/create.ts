import { Option } from 'commander';
import { settings } from '../../config/index.ts';
import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { AuthorityDocument } from '../documents.ts';
import { facts } from '../output/table.ts';

export const registerCreate: Register = (parent, context) => {
  adminCommand<{ keyType?: string }>(parent, context, {
    usage: 'create',
    description: 'make another intermediate under the newest root; from then on it is the one that issues',
    scope: 'mortise:admin',
    options: (command) =>
      command.addOption(
        new Option('--key-type <type>', 'kind of its key').choices(settings.authorityKeyType.choices),
      ),
    run: async ({ api, flags, print }) => {
      const body = flags.keyType === undefined ? {} : { key_type: flags.keyType };
      const made = await api.post<AuthorityDocument>('/authorities', body);
      print(made, () =>
        facts([
          ['authority', made.authority_id],
          ['subject', made.subject],
          ['fingerprint', made.fingerprint256],
        ]),
      );
    },
  });
};
