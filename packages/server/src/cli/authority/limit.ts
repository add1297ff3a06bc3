import { adminCommand } from '../admin-command.ts';
import { collect, type Register } from '../context.ts';
import { wrongUse } from '../failure.ts';
import { type RulesDocument, rulesTable } from './rules.ts';

interface LimitFlags {
  readonly profile?: string[];
  readonly anyProfile?: boolean;
  readonly client?: string[];
  readonly anyClient?: boolean;
}

export const registerLimit: Register = (parent, context) => {
  adminCommand<LimitFlags>(parent, context, {
    usage: 'limit <name>',
    description: 'say which profiles an authority issues, and to whom; what is not named stays',
    scope: 'mortise:admin',
    options: (command) =>
      command
        .option('--profile <profile>', 'a profile that it issues, and no other; repeatable', collect)
        .option('--any-profile', 'it issues all profiles')
        .option('--client <client-id>', 'a client that it issues to, and to nobody else; repeatable', collect)
        .option('--any-client', 'it issues to all clients, and certificates without a client'),
    run: async ({ api, flags, args, print }) => {
      const changes = {
        ...(flags.anyProfile === true ? { profiles: null } : {}),
        ...(flags.profile === undefined ? {} : { profiles: flags.profile }),
        ...(flags.anyClient === true ? { clients: null } : {}),
        ...(flags.client === undefined ? {} : { clients: flags.client }),
      };
      if (Object.keys(changes).length === 0) {
        throw wrongUse('say --profile, --any-profile, --client or --any-client');
      }
      const rules = await api.patch<RulesDocument>(
        `/authority-rules/${encodeURIComponent(args[0]!)}`,
        changes,
      );
      print(rules, () => rulesTable([rules]));
    },
  });
};
