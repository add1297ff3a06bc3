import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { NodeDocument } from '../documents.ts';
import { relativeTime } from '../output/relative-time.ts';
import { table } from '../output/table.ts';

export const registerList: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'list',
    description: 'list the processes that follow the denylist, and how far each enforces it',
    scope: 'mortise:read',
    run: async ({ api, print }) => {
      const { items, position } = await api.get<{ items: NodeDocument[]; position: number }>('/nodes');
      const now = context.now();
      print({ position, items }, () =>
        items.length === 0
          ? 'No node has followed the denylist yet.'
          : table(
              ['node', 'connected', 'enforces', 'behind', 'last seen'],
              items.map((node) => [
                node.client_id,
                node.connected ? 'yes' : 'no',
                String(node.position),
                String(Math.max(0, position - node.position)),
                relativeTime(node.last_seen_at * 1000, now),
              ]),
            ),
      );
    },
  });
};
