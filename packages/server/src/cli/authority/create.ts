import { Option } from 'commander';
import { settings } from '../../config/index.ts';
import { adminCommand } from '../admin-command.ts';
import { collect, type Register } from '../context.ts';
import type { AuthorityDocument, AuthorityRequestDocument } from '../documents.ts';
import { wrongUse } from '../failure.ts';
import { facts } from '../output/table.ts';
import { keepRootFiles, rootFileNames, writeRequestFile } from './root-files.ts';

interface CreateFlags {
  readonly keyType?: string;
  readonly offlineRoot?: boolean;
  readonly out?: string;
  readonly passphraseFile?: string;
  /** False: in the database. */
  readonly pkcs11Token?: string | false;
  readonly profile?: string[];
  readonly client?: string[];
  readonly permittedName?: string[];
  readonly excludedName?: string[];
}

interface Created {
  readonly authority?: AuthorityDocument;
  readonly request?: AuthorityRequestDocument;
}

export const registerCreate: Register = (parent, context) => {
  adminCommand<CreateFlags>(parent, context, {
    usage: 'create [name]',
    description:
      'make an authority with a root of its own, or another intermediate of one that is there (without a name: of main)',
    scope: 'mortise:admin',
    options: (command) =>
      command
        .addOption(
          new Option('--key-type <type>', 'kind of its keys').choices(settings.authorityKeyType.choices),
        )
        .option('--offline-root', 'make the root here, and keep its key out of the server; needs --out')
        .option('--out <dir>', `folder for ${rootFileNames.join(', ')}`)
        .option(
          '--passphrase-file <file>',
          "file with the passphrase of the root's key (default: MORTISE_ROOT_PASSPHRASE)",
        )
        .option(
          '--pkcs11-token <label>',
          'make the keys on this PKCS #11 token (default: where the key of its last intermediate, or else of its root, is; of a new authority, the database)',
        )
        .option('--no-pkcs11-token', 'make the keys in the database')
        .option('--profile <profile>', 'a profile that it issues, and no other; repeatable', collect)
        .option('--client <client-id>', 'a client that it issues to, and to nobody else; repeatable', collect)
        .option(
          '--permitted-name <subtree>',
          'name constraint of the intermediate: dns:example.com, ip:10.0.0.0/8, …; repeatable',
          collect,
        )
        .option('--excluded-name <subtree>', 'name constraint of the intermediate; repeatable', collect),
    run: async ({ api, flags, args, print }) => {
      const [name] = args;
      const asked = {
        ...(name === undefined ? {} : { name }),
        ...(flags.keyType === undefined ? {} : { key_type: flags.keyType }),
        ...(flags.pkcs11Token === undefined
          ? {}
          : { pkcs11_token: flags.pkcs11Token === false ? null : flags.pkcs11Token }),
        ...(flags.profile === undefined ? {} : { profiles: flags.profile }),
        ...(flags.client === undefined ? {} : { clients: flags.client }),
        ...(flags.permittedName === undefined ? {} : { permitted_names: flags.permittedName }),
        ...(flags.excludedName === undefined ? {} : { excluded_names: flags.excludedName }),
      };
      const create = (more: object): Promise<Created> =>
        api.post<Created>('/authorities', { ...asked, ...more });
      if (flags.offlineRoot === true) {
        if (name === undefined) throw wrongUse('name the authority');
        if (flags.out === undefined) throw wrongUse('say with --out where the files go');
      }
      const created =
        flags.offlineRoot === true
          ? await keepRootFiles({
              name: name!,
              folder: flags.out!,
              flags,
              context,
              reach: () => api.reach(),
              register: create,
            })
          : await create({});
      const { authority, request } = created;
      if (request !== undefined && flags.out !== undefined) writeRequestFile(flags.out, request);
      print({ ...created, ...(flags.out === undefined ? {} : { out: flags.out }) }, () =>
        authority === undefined ? requestText(request!, flags.out) : authorityText(authority),
      );
    },
  });
};

function authorityText(authority: AuthorityDocument): string {
  return facts([
    ['authority', authority.name],
    ['intermediate', authority.authority_id],
    ['subject', authority.subject],
    ['fingerprint', authority.fingerprint256],
  ]);
}

function requestText(request: AuthorityRequestDocument, out: string | undefined): string {
  const folder = out ?? 'DIR';
  const told = facts([
    ['authority', request.name],
    ['request', request.request_id],
    ['subject', request.subject],
  ]);
  const next = [
    ...(out === undefined ? ['mortise authority requests --out DIR'] : []),
    `mortise authority sign --root ${folder}/root.pem --root-key ${folder}/root-key.pem --request ${folder}/${request.request_id}.csr --out ${folder}/${request.request_id}.pem`,
    `mortise authority import --certificate ${folder}/${request.request_id}.pem`,
  ];
  return `${told}\n\nIts root has to sign it, where its key is; then give the server the result:\n${next.map((line) => `  ${line}`).join('\n')}\nAnd have it sign its CRL (mortise authority crl-request, sign-crl, import-crl).`;
}
