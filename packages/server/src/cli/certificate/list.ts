import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { CertificateDocument } from '../documents.ts';
import { relativeTime } from '../output/relative-time.ts';
import { table } from '../output/table.ts';

export const registerList: Register = (parent, context) => {
  adminCommand<{ client?: string }>(parent, context, {
    usage: 'list',
    description: 'list the certificates issued here',
    scope: 'mortise:read',
    options: (command) => command.option('--client <client-id>', 'only those of one client'),
    run: async ({ api, flags, print }) => {
      const query = flags.client === undefined ? '' : `?client_id=${encodeURIComponent(flags.client)}`;
      const certificates = await api.all<CertificateDocument>(`/certificates${query}`);
      const now = context.now();
      print(certificates, () =>
        certificates.length === 0
          ? 'No certificates.'
          : table(
              ['fingerprint', 'client', 'profile', 'subject', 'expires', 'state'],
              certificates.map((certificate) => [
                certificate.fingerprint256,
                certificate.client_id ?? '',
                certificate.profile,
                certificate.subject,
                relativeTime(certificate.not_after * 1000, now),
                stateOf(certificate, now),
              ]),
            ),
      );
    },
  });
};

export function stateOf(certificate: CertificateDocument, now: number): string {
  if (certificate.revoked_at !== undefined) return 'revoked';
  return certificate.not_after * 1000 < now ? 'expired' : 'valid';
}
