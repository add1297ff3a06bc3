import { adminCommand } from '../admin-command.ts';
import { type Register, wholeNumber } from '../context.ts';
import { table } from '../output/table.ts';

interface EventDocument {
  readonly sequence: number;
  readonly at: number;
  readonly actor: string;
  readonly act: string;
  readonly object: { readonly kind: string; readonly id: string };
}

export const registerList: Register = (parent, context) => {
  adminCommand<{ after?: number; limit?: number }>(parent, context, {
    usage: 'list',
    description: 'list who did what, oldest first',
    scope: 'mortise:read',
    options: (command) =>
      command
        .option('--after <sequence>', 'begin after this event', wholeNumber('--after'))
        .option('--limit <count>', 'at most this many (default 100)', wholeNumber('--limit')),
    run: async ({ api, flags, print }) => {
      const query = `?after=${flags.after ?? 0}&limit=${flags.limit ?? 100}`;
      const { items } = await api.get<{ items: EventDocument[] }>(`/events${query}`);
      print(items, () =>
        table(
          ['sequence', 'time', 'actor', 'act', 'object'],
          items.map((event) => [
            String(event.sequence),
            new Date(event.at * 1000).toISOString(),
            event.actor,
            event.act,
            event.object.id,
          ]),
        ),
      );
    },
  });
};
