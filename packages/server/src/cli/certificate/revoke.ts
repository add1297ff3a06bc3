import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';

export const registerRevoke: Register = (parent, context) => {
  adminCommand<{ reason?: string; note?: string; client?: string }>(parent, context, {
    usage: 'revoke <fingerprint>',
    description: 'end a certificate, its connections and the tokens obtained with it',
    scope: 'mortise:admin',
    options: (command) =>
      command
        .option(
          '--reason <reason>',
          'unspecified, keyCompromise, superseded, certificateHold, … (RFC 5280 §5.3.1)',
        )
        .option('--note <text>', 'why, for the audit log')
        .option('--client <client-id>', 'for a certificate of another CA: the client it speaks for'),
    run: async ({ api, flags, args, print }) => {
      const outcome = await api.post(`/certificates/${encodeURIComponent(args[0]!)}/revoke`, {
        ...(flags.reason === undefined ? {} : { revocation_reason: flags.reason }),
        ...(flags.note === undefined ? {} : { reason: flags.note }),
        ...(flags.client === undefined ? {} : { client_id: flags.client }),
      });
      print(outcome, () => `${args[0]} is revoked.`);
    },
  });
};
