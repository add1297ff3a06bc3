import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { ResourceDocument } from '../documents.ts';
import { addResourceFlags, describeResource, type ResourceFlags, resourceBody } from './resource-flags.ts';

export const registerCreate: Register = (parent, context) => {
  adminCommand<ResourceFlags>(parent, context, {
    usage: 'create <resource>',
    description: 'register an API by its identifier (an absolute URI, RFC 8707)',
    scope: 'mortise:admin',
    options: addResourceFlags,
    run: async ({ api, flags, args, print }) => {
      const created = await api.post<ResourceDocument>('/resources', {
        resource: args[0],
        ...resourceBody(flags),
      });
      const next = `Let a client ask for it: mortise client create ID --scope SCOPE --resource ${created.resource}`;
      print(created, () => `${describeResource(created)}\n\n${next}`);
    },
  });
};
