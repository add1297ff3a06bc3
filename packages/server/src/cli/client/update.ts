import { adminCommand } from '../admin-command.ts';
import { collect, type Register } from '../context.ts';
import type { ClientDocument } from '../documents.ts';
import { wrongUse } from '../failure.ts';
import { describeClient } from './describe.ts';
import { addMetadataFlags, metadataFrom } from './metadata-flags.ts';

export const registerUpdate: Register = (parent, context) => {
  adminCommand<Record<string, unknown> & { unset?: string[] }>(parent, context, {
    usage: 'update <client-id>',
    description: 'change the metadata of a client; what is not named stays',
    scope: 'mortise:admin',
    options: (command) =>
      addMetadataFlags(command).option(
        '--unset <member>',
        'remove a member, e.g. jwks_uri; repeatable',
        collect,
      ),
    run: async ({ api, flags, args, print }) => {
      const changes = metadataFrom(flags);
      for (const member of flags.unset ?? []) changes[member.replaceAll('-', '_')] = null;
      if (Object.keys(changes).length === 0) throw wrongUse('name at least one member to change');
      const client = await api.patch<ClientDocument>(`/clients/${encodeURIComponent(args[0]!)}`, changes);
      const secret = client.client_secret;
      print(client, () =>
        secret === undefined
          ? describeClient(client, context.now())
          : `${describeClient(client, context.now())}\n\nclient_secret  ${secret}\n\nKeep it now: it is shown this once.`,
      );
    },
  });
};
