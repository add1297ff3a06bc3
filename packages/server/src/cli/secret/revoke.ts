import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';

export const registerRevoke: Register = (parent, context) => {
  adminCommand<{ reason?: string }>(parent, context, {
    usage: 'revoke <client-id> <credential-id>',
    description:
      'end a secret (or a key; one behind jwks_uri is named by its RFC 7638 thumbprint) and the tokens obtained with it',
    scope: 'mortise:admin',
    options: (command) => command.option('--reason <text>', 'why, for the audit log'),
    run: async ({ api, flags, args, print }) => {
      const [clientId, credentialId] = args as [string, string];
      const path = `/clients/${encodeURIComponent(clientId)}/credentials/${encodeURIComponent(credentialId)}/revoke`;
      const outcome = await api.post(path, flags.reason === undefined ? {} : { reason: flags.reason });
      print(outcome, () => `${credentialId} is revoked.`);
    },
  });
};
