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
      command.option('--key-type <type>', 'ec-p256, ec-p384, rsa-2048, rsa-3072, rsa-4096 or ed25519'),
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
