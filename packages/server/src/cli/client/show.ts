import { adminCommand } from '../admin-command.ts';
import { describeLineage } from '../certificate/describe-lineage.ts';
import type { Register } from '../context.ts';
import type { ClientDocument, LineageDocument } from '../documents.ts';
import { describeClient } from './describe.ts';

export const registerShow: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'show <client-id>',
    description: 'show a client, its credentials, and which of its certificates it uses',
    scope: 'mortise:read',
    run: async ({ api, args, print }) => {
      const path = `/clients/${encodeURIComponent(args[0]!)}`;
      const client = await api.get<ClientDocument>(path);
      const { items: lineages } = await api.get<{ items: LineageDocument[] }>(`${path}/lineages`);
      const now = context.now();
      print({ ...client, lineages }, () =>
        [
          describeClient(client, now),
          ...lineages.map((lineage) => `\n${describeLineage(lineage, now)}`),
        ].join('\n'),
      );
    },
  });
};
