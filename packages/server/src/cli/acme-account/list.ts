import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { AcmeAccountDocument } from '../documents.ts';
import { relativeTime } from '../output/relative-time.ts';
import { table } from '../output/table.ts';

export const registerList: Register = (parent, context) => {
  adminCommand<{ client?: string }>(parent, context, {
    usage: 'list',
    description: 'list the accounts of ACME clients, deactivated ones too',
    scope: 'mortise:read',
    options: (command) => command.option('--client <client-id>', 'only those that are bound to one client'),
    run: async ({ api, flags, print }) => {
      const query = flags.client === undefined ? '' : `?client_id=${encodeURIComponent(flags.client)}`;
      const accounts = await api.all<AcmeAccountDocument>(`/acme-accounts${query}`);
      const now = context.now();
      print(accounts, () =>
        accounts.length === 0
          ? 'No ACME accounts.'
          : table(
              ['account', 'client', 'profile', 'status', 'contact', 'created'],
              accounts.map((account) => [
                account.account_id,
                account.client_id ?? '',
                account.profile,
                account.status,
                account.contact.join(' '),
                relativeTime(account.created_at * 1000, now),
              ]),
            ),
      );
    },
  });
};
