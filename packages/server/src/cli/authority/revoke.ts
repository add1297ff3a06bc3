import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';

export const registerRevoke: Register = (parent, context) => {
  adminCommand<{ reason?: string; revocationReason?: string }>(parent, context, {
    usage: 'revoke <authority>',
    description:
      'end an authority (by its name), or one root or intermediate (by its id): those under it, their certificates and the tokens obtained with them',
    scope: 'mortise:admin',
    options: (command) =>
      command
        .option('--reason <text>', 'why, for the audit log')
        .option(
          '--revocation-reason <reason>',
          'keyCompromise, superseded, … (RFC 5280 §5.3.1), for the CRL of whoever signed it',
        ),
    run: async ({ api, flags, args, print }) => {
      const body = {
        ...(flags.reason === undefined ? {} : { reason: flags.reason }),
        ...(flags.revocationReason === undefined ? {} : { revocation_reason: flags.revocationReason }),
      };
      const outcome = await api.post(`/authorities/${encodeURIComponent(args[0]!)}/revoke`, body);
      print(outcome, () => `${args[0]} is revoked.`);
    },
  });
};
