import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { ClientDocument } from '../documents.ts';
import { table } from '../output/table.ts';

export const registerList: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'list',
    description: 'list the clients',
    scope: 'mortise:read',
    run: async ({ api, print }) => {
      const clients = await api.all<ClientDocument>('/clients');
      print(clients, () =>
        clients.length === 0
          ? 'No clients. Register one: mortise client create ID --scope SCOPE --resource URL'
          : table(
              ['client', 'status', 'method', 'bound', 'scope', 'name'],
              clients.map((client) => [
                client.client_id,
                client.status,
                client.token_endpoint_auth_method,
                client.tls_client_certificate_bound_access_tokens === true ? 'yes' : 'no',
                client.scope,
                client.client_name ?? '',
              ]),
            ),
      );
    },
  });
};
