import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import type { CertificateDocument } from '../documents.ts';
import { relativeTime } from '../output/relative-time.ts';
import { facts } from '../output/table.ts';
import { stateOf } from './list.ts';

export const registerShow: Register = (parent, context) => {
  adminCommand(parent, context, {
    usage: 'show <fingerprint>',
    description: 'show one certificate, by its SHA-256 fingerprint',
    scope: 'mortise:read',
    run: async ({ api, args, print }) => {
      const certificate = await api.get<CertificateDocument>(`/certificates/${encodeURIComponent(args[0]!)}`);
      const now = context.now();
      print(
        certificate,
        () =>
          `${facts([
            ['subject', certificate.subject],
            ['client', certificate.client_id],
            ['profile', certificate.profile],
            ['serial number', certificate.serial_number],
            ['fingerprint', certificate.fingerprint256],
            ['authority', certificate.authority_id],
            ['issued', relativeTime(certificate.not_before * 1000, now)],
            ['expires', relativeTime(certificate.not_after * 1000, now)],
            ['state', stateOf(certificate, now)],
          ])}\n\n${certificate.certificate.trimEnd()}`,
      );
    },
  });
};
