import { Option } from 'commander';
import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { LineageDocument } from '../documents.ts';
import { relativeTime } from '../output/relative-time.ts';
import { table } from '../output/table.ts';

export const registerLineages: Register = (parent, context) => {
  adminCommand<{ stage?: LineageDocument['stage'] }>(parent, context, {
    usage: 'lineages',
    description: 'list which clients are on their old, which on their new certificate',
    scope: 'mortise:read',
    options: (command) =>
      command.addOption(
        new Option('--stage <stage>', 'only those at this stage').choices([
          'unused',
          'waiting',
          'moving',
          'settled',
        ]),
      ),
    run: async ({ api, flags, print }) => {
      const query = flags.stage === undefined ? '' : `?stage=${flags.stage}`;
      const lineages = await api.all<LineageDocument>(`/lineages${query}`);
      print(lineages, () => (lineages.length === 0 ? 'No lineages.' : lineageTable(lineages, context.now())));
    },
  });
};

function lineageTable(lineages: readonly LineageDocument[], now: number): string {
  return table(
    ['client', 'profile', 'stage', 'newest certificate', 'expires', 'live tokens on it', 'on older ones'],
    lineages.map(({ client_id: id, profile, stage, certificates: [newest, ...older] }) => [
      id,
      profile,
      stage,
      newest?.fingerprint256 ?? '',
      relativeTime(newest && newest.not_after * 1000, now),
      String(newest?.live_tokens ?? 0),
      String(older.reduce((sum, { live_tokens: live }) => sum + live, 0)),
    ]),
  );
}
