import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { ClientDocument } from '../documents.ts';

const acts = [
  ['suspend', 'refuse a client and end its tokens, until it is resumed'],
  ['resume', 'let a suspended client in again; its former tokens stay dead'],
  ['revoke', 'end a client for good, with all its credentials, certificates and tokens'],
] as const;

/** `client suspend`, `client resume`, `client revoke`: one act on the status each. */
export const registerStatusActs: Register = (parent, context) => {
  for (const [act, description] of acts) {
    adminCommand<{ reason?: string }>(parent, context, {
      usage: `${act} <client-id>`,
      description,
      scope: 'mortise:admin',
      options: (command) => command.option('--reason <text>', 'why, for the audit log'),
      run: async ({ api, flags, args, print }) => {
        const id = args[0]!;
        const body = flags.reason === undefined ? {} : { reason: flags.reason };
        const client = await api.post<ClientDocument>(`/clients/${encodeURIComponent(id)}/${act}`, body);
        print(client, () => `${id} is ${client.status}.`);
      },
    });
  }
};
