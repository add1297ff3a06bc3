import { adminCommand } from '../admin-command.ts';
import { type Register, wholeNumber } from '../context.ts';
import type { EnrolmentDocument } from '../documents.ts';
import { enrolmentText } from './enrolment-text.ts';

export const registerEnrol: Register = (parent, context) => {
  adminCommand<{ lifetimeSeconds?: number; profile?: string }>(parent, context, {
    usage: 'enrol <client-id>',
    description: 'make a one-use key by which an ACME client gets the certificates of a client',
    scope: 'mortise:admin',
    options: (command) =>
      command
        .option(
          '--lifetime-seconds <seconds>',
          'how long the key waits (default: a day)',
          wholeNumber('--lifetime-seconds'),
        )
        .option(
          '--profile <name>',
          'profile of its certificates, such as short-lived or server (default: client)',
        ),
    run: async ({ api, flags, args, print }) => {
      const { lifetimeSeconds, profile } = flags;
      const body = {
        ...(lifetimeSeconds === undefined ? {} : { lifetime_seconds: lifetimeSeconds }),
        ...(profile === undefined ? {} : { profile }),
      };
      const path = `/clients/${encodeURIComponent(args[0] ?? '')}/enrolments`;
      const enrolment = await api.post<EnrolmentDocument>(path, body);
      print(enrolment, () => enrolmentText(enrolment));
    },
  });
};
