import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';

export const registerRemove: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'remove <client-id>',
    description: 'forget a node that is gone',
    scope: 'mortise:admin',
    run: async ({ api, args, print }) => {
      await api.delete(`/nodes/${encodeURIComponent(args[0]!)}`);
      print({ client_id: args[0], removed: true }, () => `${args[0]} is forgotten.`);
    },
  });
};
