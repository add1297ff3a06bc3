import { writeFileSync } from 'node:fs';
import type { CrlRequestDocument } from '../../authority/index.ts';
import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import { facts } from '../output/table.ts';
import { revokedText } from './sign-crl.ts';

export const registerCrlRequest: Register = (parent, context) => {
  adminCommand<{ readonly out: string }>(parent, context, {
    usage: 'crl-request <authority>',
    description:
      'write what the next CRL of a root kept offline has to hold, for authority sign-crl (an authority by its name, or a root by its id)',
    scope: 'mortise:read',
    options: (command) => command.requiredOption('--out <file>', 'where the request is written, JSON'),
    run: async ({ api, flags, args, print }) => {
      const request = await api.get<CrlRequestDocument>(`/root-crls/${encodeURIComponent(args[0]!)}/request`);
      writeFileSync(flags.out, `${JSON.stringify(request, undefined, 2)}\n`);
      print({ ...request, out: flags.out }, () =>
        facts([
          ['root', request.authority_id],
          ['authority', request.name],
          ['number', String(request.crl_number)],
          ['revoked', revokedText(request.revoked)],
          ['written', flags.out],
        ]),
      );
    },
  });
};
