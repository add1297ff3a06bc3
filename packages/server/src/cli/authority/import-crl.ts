import { readFileSync } from 'node:fs';
import { CertificateRevocationList, X509Error } from '@mortise/x509';
import { adminCommand } from '../admin-command.ts';
import type { Register } from '../context.ts';
import { wrongUse } from '../failure.ts';
import { relativeTime } from '../output/relative-time.ts';
import { facts } from '../output/table.ts';
import type { RootCrlDocument } from './root-crl-document.ts';

export const registerImportCrl: Register = (parent, context) => {
  adminCommand<{ readonly crl: string }>(parent, context, {
    usage: 'import-crl',
    description: 'publish the CRL of a root kept offline that authority sign-crl, or another program, signed',
    scope: 'mortise:admin',
    options: (command) => command.requiredOption('--crl <file>', 'the CRL, PEM or DER'),
    run: async ({ api, flags, print }) => {
      const published = await api.post<RootCrlDocument>('/root-crls', { crl: readCrl(flags.crl) });
      print(published, () =>
        facts([
          ['root', published.authority_id],
          ['authority', published.name],
          ['number', String(published.crl_number)],
          ['state', published.state],
          ['next update', relativeTime((published.next_update ?? 0) * 1000, context.now())],
        ]),
      );
    },
  });
};

function readCrl(path: string): string {
  try {
    return CertificateRevocationList.parse(readFileSync(path)).toPem();
  } catch (error) {
    if (error instanceof X509Error) throw wrongUse(`--crl: ${path} holds no CRL (PEM or DER)`);
    throw wrongUse(`--crl: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
