import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { ResourceDocument } from '../documents.ts';
import { wrongUse } from '../failure.ts';
import { addResourceFlags, describeResource, type ResourceFlags, resourceBody } from './resource-flags.ts';

export const registerUpdate: Register = (parent, context) => {
  adminCommand<ResourceFlags>(parent, context, {
    usage: 'update <resource>',
    description: 'change an API; what is not named stays',
    scope: 'mortise:admin',
    options: addResourceFlags,
    run: async ({ api, flags, args, print }) => {
      const changes = resourceBody(flags);
      if (Object.keys(changes).length === 0) throw wrongUse('name at least one member to change');
      const updated = await api.patch<ResourceDocument>(
        `/resources/${encodeURIComponent(args[0]!)}`,
        changes,
      );
      print(updated, () => describeResource(updated));
    },
  });
};
