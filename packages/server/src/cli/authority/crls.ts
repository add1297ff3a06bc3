import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import { relativeTime } from '../output/relative-time.ts';
import { table } from '../output/table.ts';
import type { RootCrlDocument } from './root-crl-document.ts';

export const registerCrls: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'crls',
    description: 'list the roots whose keys are kept offline, and the CRLs that are published for them',
    scope: 'mortise:read',
    run: async ({ api, print }) => {
      const crls = await api.all<RootCrlDocument>('/root-crls');
      const now = context.now();
      print(crls, () =>
        crls.length === 0
          ? 'No roots are kept offline.'
          : table(
              ['root', 'authority', 'state', 'lacking', 'number', 'next update', 'to sign'],
              crls.map((crl) => [
                crl.authority_id,
                crl.name,
                crl.state,
                String(crl.lacking),
                crl.crl_number === undefined ? '' : String(crl.crl_number),
                crl.next_update === undefined ? '' : relativeTime(crl.next_update * 1000, now),
                crl.due ? 'now' : '',
              ]),
            ),
      );
    },
  });
};
