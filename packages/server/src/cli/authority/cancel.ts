import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';

export const registerCancel: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'cancel <request-id>',
    description: 'forget a request that no root has signed, and the key that was made for it',
    scope: 'mortise:admin',
    run: async ({ api, args, print }) => {
      await api.delete(`/authority-requests/${encodeURIComponent(args[0]!)}`);
      print({ cancelled: args[0] }, () => `${args[0]} is forgotten.`);
    },
  });
};
