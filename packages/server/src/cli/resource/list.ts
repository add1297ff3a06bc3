import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { ResourceDocument } from '../documents.ts';
import { table } from '../output/table.ts';

export const registerList: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'list',
    description: 'list the APIs that accept tokens',
    scope: 'mortise:read',
    run: async ({ api, print }) => {
      const resources = await api.all<ResourceDocument>('/resources');
      print(resources, () =>
        table(
          ['resource', 'scopes', 'algorithm', 'resource servers', 'name'],
          resources.map((resource) => [
            resource.resource,
            resource.scopes_supported.join(' '),
            resource.signing_algorithm,
            resource.resource_servers.join(' '),
            resource.resource_name ?? '',
          ]),
        ),
      );
    },
  });
};
