import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import { table } from '../output/table.ts';

export interface RulesDocument {
  readonly name: string;
  readonly profiles?: readonly string[];
  readonly clients?: readonly string[];
}

export const registerRules: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'rules',
    description: 'show which profiles authorities issue, and to whom; see limit',
    scope: 'mortise:read',
    run: async ({ api, print }) => {
      const rules = await api.all<RulesDocument>('/authority-rules');
      print(rules, () =>
        rules.length === 0 ? 'No rules: all profiles, to all clients.' : rulesTable(rules),
      );
    },
  });
};

export function rulesTable(rules: readonly RulesDocument[]): string {
  return table(
    ['authority', 'profiles', 'clients'],
    rules.map(({ name, profiles, clients }) => [
      name,
      profiles?.join(' ') ?? 'all',
      clients?.join(' ') ?? 'all',
    ]),
  );
}
