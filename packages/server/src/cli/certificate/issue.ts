import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import { settings } from '../../config/index.ts';
import { adminCommand } from '../admin-command.ts';
import { collect, type Register, wholeNumber } from '../context.ts';
import type { IssuedDocument } from '../documents.ts';
import { wrongUse } from '../failure.ts';
import { relativeTime } from '../output/relative-time.ts';
import { facts } from '../output/table.ts';
import { checkWritable, refuseOtherKey, writeCredentialFiles } from './credential-files.ts';

interface IssueFlags {
  readonly client?: string;
  readonly profile: string;
  readonly authority?: string;
  readonly keyType?: string;
  readonly name?: string[];
  readonly csr?: string;
  readonly out: string;
  readonly force?: boolean;
  readonly lifetimeSeconds?: number;
}

export const registerIssue: Register = (parent, context) => {
  adminCommand<IssueFlags>(parent, context, {
    usage: 'issue',
    description: 'issue a certificate; that of a client is registered on it',
    scope: 'mortise:admin',
    options: (command) =>
      command
        .option('--client <client-id>', 'the client that it is for')
        .option('--profile <profile>', 'what it may hold: see `mortise profile list`', 'client')
        .option('--authority <name>', 'the authority that issues it (default: one whose rules allow it)')
        .option('--name <name>', 'DNS name or IP address, or the name of an authority; repeatable', collect)
        .addOption(
          new Option('--key-type <type>', 'kind of the key that is made, without --csr').choices(
            settings.authorityKeyType.choices,
          ),
        )
        .option('--csr <file>', 'certificate request, so that the key stays where it was made')
        .option('--lifetime-seconds <seconds>', 'lifetime', wholeNumber('--lifetime-seconds'))
        .requiredOption('--out <dir>', 'folder for key.pem (without --csr), cert.pem and ca.pem')
        .option('--force', 'replace a key.pem that is in the folder'),
    run: async ({ api, flags, print }) => {
      if (flags.profile === 'client' && flags.client === undefined) {
        throw wrongUse('name the client with --client ID');
      }
      if (flags.profile === 'server' && flags.name === undefined && flags.csr === undefined) {
        throw wrongUse('name the server with --name');
      }
      const csr = flags.csr === undefined ? undefined : await readRequest(flags.csr);
      if (csr === undefined && flags.force !== true) refuseOtherKey(flags.out);
      checkWritable(flags.out);
      const issued = await api.post<IssuedDocument>('/certificates', {
        profile: flags.profile,
        ...(flags.authority === undefined ? {} : { authority: flags.authority }),
        ...(flags.keyType === undefined ? {} : { key_type: flags.keyType }),
        ...(flags.client === undefined ? {} : { client_id: flags.client }),
        ...(flags.name === undefined ? {} : { names: flags.name }),
        ...(csr === undefined ? {} : { csr }),
        ...(flags.lifetimeSeconds === undefined ? {} : { lifetime_seconds: flags.lifetimeSeconds }),
      });
      writeCredentialFiles(flags.out, {
        privateKey: issued.private_key,
        certificates: issued.certificates,
        ca: issued.ca,
      });
      const { private_key: _written, ...shown } = issued;
      print({ ...shown, out: flags.out }, () =>
        facts([
          ['subject', issued.subject],
          ['profile', issued.profile],
          ['client', issued.client_id],
          ['fingerprint', issued.fingerprint256],
          ['expires', relativeTime(issued.not_after * 1000, context.now())],
          ['written', `${flags.out}: ${issued.private_key === undefined ? '' : 'key.pem, '}cert.pem, ca.pem`],
        ]),
      );
    },
  });
};

/** PEM, whichever the file holds. Throws CommandFailure (status 2). */
async function readRequest(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw wrongUse(`--csr: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const { CertificateRequest, X509Error } = await import('@mortise/x509');
  try {
    return CertificateRequest.parse(bytes).toPem();
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    throw wrongUse(`--csr: ${path} holds no certificate request (PKCS #10, DER or PEM)`);
  }
}
