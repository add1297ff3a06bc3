import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { KeyDocument } from '../documents.ts';
import { relativeTime } from '../output/relative-time.ts';
import { table } from '../output/table.ts';

export const registerList: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'list',
    description: 'list the keys that sign access tokens',
    scope: 'mortise:read',
    run: async ({ api, print }) => {
      const keys = await api.all<KeyDocument>('/keys');
      print(keys, () => keyTable(keys, context.now()));
    },
  });
};

export function keyTable(keys: readonly KeyDocument[], now: number): string {
  return table(
    ['kid', 'alg', 'state', 'created', 'signs from'],
    keys.map((key) => [
      key.kid,
      key.alg,
      key.state,
      relativeTime(key.created_at * 1000, now),
      relativeTime(key.activates_at * 1000, now),
    ]),
  );
}
