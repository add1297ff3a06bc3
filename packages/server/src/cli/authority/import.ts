import { adminCommand } from '../admin-command.ts';
import { collect, type Register } from '../context.ts';
import type { AuthorityDocument } from '../documents.ts';
import { wrongUse } from '../failure.ts';
import { relativeTime } from '../output/relative-time.ts';
import { facts } from '../output/table.ts';
import { asFailure, findPassphrase, readGiven } from './root-files.ts';

interface ImportFlags {
  readonly certificate: string;
  readonly key?: string;
  readonly pkcs11Key?: string;
  /** False: in the database. */
  readonly pkcs11Token?: string | false;
  readonly passphraseFile?: string;
  readonly profile?: string[];
  readonly client?: string[];
}

export const registerImport: Register = (parent, context) => {
  adminCommand<ImportFlags>(parent, context, {
    usage: 'import [name]',
    description: 'take an authority made elsewhere (name, --key), or the certificate of a signed request',
    scope: 'mortise:admin',
    options: (command) =>
      command
        .requiredOption(
          '--certificate <file>',
          'PEM: with --key the authority, then those above it, the root last; without, what authority sign wrote',
        )
        .option('--key <file>', 'its private key, PEM; given to the server over mutual TLS and sealed there')
        .option('--pkcs11-key <uri>', 'in place of --key: where its key is, a PKCS #11 URI without a PIN')
        .option(
          '--pkcs11-token <label>',
          "of a root: PKCS #11 token to make its intermediate's key on (default: where the key of the root is)",
        )
        .option('--no-pkcs11-token', 'of a root: make that key in the database')
        .option(
          '--passphrase-file <file>',
          'file with the passphrase of the key (default: MORTISE_ROOT_PASSPHRASE)',
        )
        .option('--profile <profile>', 'a profile that it issues, and no other; repeatable', collect)
        .option(
          '--client <client-id>',
          'a client that it issues to, and to nobody else; repeatable',
          collect,
        ),
    run: async ({ api, flags, args, print }) => {
      const [name] = args;
      const keyless = flags.key === undefined && flags.pkcs11Key === undefined;
      if ((name === undefined) !== keyless) {
        throw wrongUse('an authority made elsewhere has a name and --key; a signed request has neither');
      }
      if (keyless && flags.pkcs11Token !== undefined) {
        throw wrongUse('--pkcs11-token and --no-pkcs11-token go with --key or --pkcs11-key, of a root');
      }
      const imported = await api.post<AuthorityDocument>('/authorities/import', {
        ...(name === undefined ? {} : { name }),
        certificates: readGiven('--certificate', flags.certificate),
        ...(flags.key === undefined
          ? {}
          : { private_key: await openKey(readGiven('--key', flags.key), findPassphrase(flags, context)) }),
        ...(flags.pkcs11Key === undefined ? {} : { pkcs11_key: flags.pkcs11Key }),
        ...(flags.pkcs11Token === undefined
          ? {}
          : { pkcs11_token: flags.pkcs11Token === false ? null : flags.pkcs11Token }),
        ...(flags.profile === undefined ? {} : { profiles: flags.profile }),
        ...(flags.client === undefined ? {} : { clients: flags.client }),
      });
      print(imported, () =>
        facts([
          ['authority', imported.name],
          ['intermediate', imported.authority_id],
          ['subject', imported.subject],
          ['fingerprint', imported.fingerprint256],
          ['expires', relativeTime(imported.not_after * 1000, context.now())],
        ]),
      );
    },
  });
};

async function openKey(pem: string, passphrase: string | undefined): Promise<string> {
  const { readPrivateKey } = await import('../../authority/index.ts');
  try {
    return readPrivateKey(pem, passphrase).export({ format: 'pem', type: 'pkcs8' }) as string;
  } catch (error) {
    throw asFailure(error);
  }
}
