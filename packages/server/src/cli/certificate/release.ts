import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';

export const registerRelease: Register = (parent, context) => {
  adminCommand<{ note?: string }>(parent, context, {
    usage: 'release <fingerprint>',
    description: 'end the hold of a certificate (revoked with --reason certificateHold)',
    scope: 'mortise:admin',
    options: (command) => command.option('--note <text>', 'why, for the audit log'),
    run: async ({ api, flags, args, print }) => {
      const outcome = await api.post<{ changed: boolean }>(
        `/certificates/${encodeURIComponent(args[0]!)}/release`,
        flags.note === undefined ? {} : { reason: flags.note },
      );
      print(outcome, () => (outcome.changed ? `${args[0]} is released.` : `${args[0]} was not on hold.`));
    },
  });
};
