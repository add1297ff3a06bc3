import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { CertificateDocument, LineageDocument } from '../documents.ts';
import { relativeTime } from '../output/relative-time.ts';
import { table } from '../output/table.ts';
import { describeLineage } from './describe-lineage.ts';

export const registerList: Register = (parent, context) => {
  adminCommand<{ client?: string }>(parent, context, {
    usage: 'list',
    description: 'list the certificates issued here',
    scope: 'mortise:read',
    options: (command) =>
      command.option('--client <client-id>', 'only those of one client, and which of them it uses'),
    run: async ({ api, flags, print }) => {
      const query = flags.client === undefined ? '' : `?client_id=${encodeURIComponent(flags.client)}`;
      const certificates = await api.all<CertificateDocument>(`/certificates${query}`);
      const now = context.now();
      if (flags.client === undefined) {
        print(certificates, () => certificateTable(certificates, now));
        return;
      }
      const path = `/clients/${encodeURIComponent(flags.client)}/lineages`;
      const { items: lineages } = await api.get<{ items: LineageDocument[] }>(path);
      const members = new Map(
        lineages.flatMap((lineage) =>
          lineage.certificates.map((member) => [member.fingerprint256, { lineage, member }]),
        ),
      );
      const documents = certificates.map((certificate) => ({
        ...certificate,
        ...lineageMembers(members.get(certificate.fingerprint256)),
      }));
      print(documents, () =>
        [certificateTable(certificates, now), ...lineages.map((one) => describeLineage(one, now))].join(
          '\n\n',
        ),
      );
    },
  });
};

/** What a certificate's place in its lineage adds to its document. */
function lineageMembers(
  found:
    | { readonly lineage: LineageDocument; readonly member: LineageDocument['certificates'][number] }
    | undefined,
): object {
  if (found === undefined) return {};
  const { fingerprint256: _same, not_after: _too, ...member } = found.member;
  return { ...member, lineage_stage: found.lineage.stage };
}

function certificateTable(certificates: readonly CertificateDocument[], now: number): string {
  if (certificates.length === 0) return 'No certificates.';
  return table(
    ['fingerprint', 'client', 'profile', 'subject', 'expires', 'state'],
    certificates.map((certificate) => [
      certificate.fingerprint256,
      certificate.client_id ?? '',
      certificate.profile,
      certificate.subject,
      relativeTime(certificate.not_after * 1000, now),
      stateOf(certificate, now),
    ]),
  );
}

export function stateOf(certificate: CertificateDocument, now: number): string {
  if (certificate.revoked_at !== undefined) return 'revoked';
  return certificate.not_after * 1000 < now ? 'expired' : 'valid';
}
