import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { AuthorityDocument } from '../documents.ts';
import { relativeTime } from '../output/relative-time.ts';
import { table } from '../output/table.ts';

export const registerShow: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'show',
    description: 'show the roots and intermediates of this server',
    scope: 'mortise:read',
    run: async ({ api, print }) => {
      const authorities = await api.all<AuthorityDocument>('/authorities');
      const now = context.now();
      print(authorities, () =>
        table(
          ['id', 'authority', 'kind', 'key', 'subject', 'fingerprint (SHA-256)', 'expires', 'state'],
          authorities.map((authority) => [
            authority.authority_id,
            authority.name,
            authority.kind,
            authority.signer,
            authority.subject,
            authority.fingerprint256,
            relativeTime(authority.not_after * 1000, now),
            authority.revoked_at === undefined ? authority.state : 'revoked',
          ]),
        ),
      );
    },
  });
};
