import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';

export const registerRevoke: Register = (parent, context) => {
  adminCommand<{ reason?: string }>(parent, context, {
    usage: 'revoke <kid>',
    description: 'end a signing key and every token it signed, at once; a successor signs from now on',
    scope: 'mortise:admin',
    options: (command) => command.option('--reason <text>', 'why, for the audit log'),
    run: async ({ api, flags, args, print }) => {
      const body = flags.reason === undefined ? {} : { reason: flags.reason };
      const outcome = await api.post(`/keys/${encodeURIComponent(args[0]!)}/revoke`, body);
      print(outcome, () => `${args[0]} is revoked.`);
    },
  });
};
