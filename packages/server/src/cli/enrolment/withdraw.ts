import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';

export const registerWithdraw: Register = (parent, context) => {
  adminCommand<{ reason?: string }>(parent, context, {
    usage: 'withdraw <client-id> <eab-kid>',
    description: 'withdraw a key that has bound no ACME account: from then on it binds none',
    scope: 'mortise:admin',
    options: (command) => command.option('--reason <text>', 'why, for the audit log'),
    run: async ({ api, flags, args, print }) => {
      const [clientId, kid] = args as [string, string];
      const path = `/clients/${encodeURIComponent(clientId)}/enrolments/${encodeURIComponent(kid)}/withdraw`;
      const outcome = await api.post(path, flags.reason === undefined ? {} : { reason: flags.reason });
      print(outcome, () => `${kid} is withdrawn.`);
    },
  });
};
