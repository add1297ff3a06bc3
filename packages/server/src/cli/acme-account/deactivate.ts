import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';

export const registerDeactivate: Register = (parent, context) => {
  adminCommand<{ reason?: string }>(parent, context, {
    usage: 'deactivate <account-id>',
    description: 'end an ACME account for good, so that nothing more is issued by it; its certificates stay',
    scope: 'mortise:admin',
    options: (command) => command.option('--reason <text>', 'why, for the audit log'),
    run: async ({ api, flags, args, print }) => {
      const id = args[0]!;
      const body = flags.reason === undefined ? {} : { reason: flags.reason };
      const path = `/acme-accounts/${encodeURIComponent(id)}/deactivate`;
      const outcome = await api.post<{ changed: boolean }>(path, body);
      print(outcome, () => `${id} is deactivated${outcome.changed ? '' : ' already'}.`);
    },
  });
};
