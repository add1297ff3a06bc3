import { adminCommand } from '../admin-command.ts';
import { type Register, wholeNumber } from '../context.ts';
import type { EnrolmentDocument } from '../documents.ts';
import { enrolmentText } from './enrolment-text.ts';

export const registerEnrol: Register = (parent, context) => {
  adminCommand<{ lifetimeSeconds?: number }>(parent, context, {
    usage: 'enrol <client-id>',
    description: 'make a one-use key by which an ACME client gets the certificates of a client',
    scope: 'mortise:admin',
    options: (command) =>
      command.option(
        '--lifetime-seconds <seconds>',
        'how long the key waits (default: a day)',
        wholeNumber('--lifetime-seconds'),
      ),
    run: async ({ api, flags, args, print }) => {
      const { lifetimeSeconds } = flags;
      const body = lifetimeSeconds === undefined ? {} : { lifetime_seconds: lifetimeSeconds };
      const path = `/clients/${encodeURIComponent(args[0] ?? '')}/enrolments`;
      const enrolment = await api.post<EnrolmentDocument>(path, body);
      print(enrolment, () => enrolmentText(enrolment));
    },
  });
};
