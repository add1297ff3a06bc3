import { Option } from 'commander';
import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { KeyDocument } from '../documents.ts';
import { keyTable } from './list.ts';

export const registerRotate: Register = (parent, context) => {
  adminCommand<{ algorithm?: string }>(parent, context, {
    usage: 'rotate',
    description: 'make successors of the signing keys; they sign once every verifier can know them',
    scope: 'mortise:admin',
    options: (command) =>
      command.addOption(
        new Option('--algorithm <alg>', 'only the keys of this algorithm').choices([
          'ES256',
          'EdDSA',
          'RS256',
          'PS256',
        ]),
      ),
    run: async ({ api, flags, print }) => {
      const body = flags.algorithm === undefined ? {} : { alg: flags.algorithm };
      const { items } = await api.post<{ items: KeyDocument[] }>('/keys/rotate', body);
      print(items, () => keyTable(items, context.now()));
    },
  });
};
