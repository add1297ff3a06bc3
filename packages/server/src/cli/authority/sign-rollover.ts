import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import type { AuthorityKeyType } from '../../authority/index.ts';
import { settings } from '../../config/index.ts';
import { makeFolder } from '../../start/make-folder.ts';
import { type Register, show } from '../context.ts';
import { wrongUse } from '../failure.ts';
import { facts } from '../output/table.ts';
import { asFailure, freeRootFiles, readGiven } from './root-files.ts';
import { type RootFlags, readRoot, rootOptions } from './root-given.ts';

interface SignRolloverFlags extends RootFlags {
  readonly request: string;
  readonly out: string;
  readonly keyType?: string;
  readonly json?: boolean;
}

/** Asks no server: it runs where the root's key is. */
export const registerSignRollover: Register = (parent, context) => {
  rootOptions(
    parent
      .command('sign-rollover')
      .description('make the successor of a root, and have both certify each other; needs no server'),
    'both keys',
  )
    .requiredOption('--request <file>', 'what authority rollover request wrote')
    .requiredOption(
      '--out <dir>',
      'folder for root-key.pem and root.pem of the new root, and for successor.json, which the server gets',
    )
    .addOption(
      new Option('--key-type <type>', 'kind of key of the new root (default: that of the old one)').choices(
        settings.authorityKeyType.choices,
      ),
    )
    .option('--json', 'print JSON')
    .action(async (flags: SignRolloverFlags) => {
      const { encryptPrivateKey, makeSuccessor, readPrivateKey, readRolloverRequest, successorDocument } =
        await import('../../authority/index.ts');
      const { root, keyPem, passphrase } = readRoot(flags, context);
      if (passphrase === undefined) {
        throw wrongUse('give the passphrase of the keys with --passphrase-file or MORTISE_ROOT_PASSPHRASE');
      }
      const { keyFile, rootFile } = freeRootFiles(flags.out);
      try {
        const successor = await makeSuccessor({
          request: readRolloverRequest(readGiven('--request', flags.request)),
          root,
          rootKey: readPrivateKey(keyPem, passphrase),
          now: context.now(),
          ...(flags.keyType === undefined ? {} : { keyType: flags.keyType as AuthorityKeyType }),
        });
        const encrypted = encryptPrivateKey(successor.privateKey, passphrase);
        makeFolder(flags.out);
        const file = join(flags.out, 'successor.json');
        writeFileSync(keyFile, encrypted, { mode: 0o600, flag: 'wx' });
        writeFileSync(rootFile, successor.root.toPem(), { flag: 'wx' });
        writeFileSync(file, `${JSON.stringify(successorDocument(successor), undefined, 2)}\n`);
        const document = {
          subject: successor.root.subject.toString(),
          fingerprint256: successor.root.fingerprint256,
          certified_by_old: successor.newByOld !== undefined,
          successor: file,
        };
        show(context, flags.json, document, () =>
          facts([
            ['new root', document.subject],
            ['fingerprint', document.fingerprint256],
            ['certified by', document.certified_by_old ? root.subject.toString() : 'itself alone'],
            ['written', file],
          ]),
        );
      } catch (error) {
        throw asFailure(error);
      }
    });
};
