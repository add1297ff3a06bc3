import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { ClientDocument } from '../documents.ts';
import { describeClient } from './describe.ts';

export const registerShow: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'show <client-id>',
    description: 'show a client and its credentials',
    scope: 'mortise:read',
    run: async ({ api, args, print }) => {
      const client = await api.get<ClientDocument>(`/clients/${encodeURIComponent(args[0]!)}`);
      print(client, () => describeClient(client, context.now()));
    },
  });
};
