import { adminCommand } from '../admin-command.ts';
import { credentialTable } from '../client/describe.ts';
import type { Register } from '../context.ts';
import type { ClientDocument } from '../documents.ts';

export const registerList: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'list <client-id>',
    description: 'list the secrets of a client (never the secrets themselves)',
    scope: 'mortise:read',
    run: async ({ api, args, print }) => {
      const id = args[0]!;
      const client = await api.get<ClientDocument>(`/clients/${encodeURIComponent(id)}`);
      const secrets = (client.credentials ?? []).filter(({ kind }) => kind === 'secret');
      print(secrets, () =>
        secrets.length === 0 ? `${id} has no secret.` : credentialTable(secrets, context.now()),
      );
    },
  });
};
