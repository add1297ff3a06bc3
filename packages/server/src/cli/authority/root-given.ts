import { Certificate } from '@mortise/x509';
import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { findPassphrase, readGiven, readParsed } from './root-files.ts';

/** The flags of every command that signs with a root whose key is in a file. */
export interface RootFlags {
  readonly root: string;
  readonly rootKey: string;
  readonly passphraseFile?: string;
}

/** A root and what opens its key, as they were given. */
export interface RootGiven {
  readonly root: Certificate;
  /** PEM, encrypted or not. */
  readonly keyPem: string;
  readonly passphrase: string | undefined;
}

/** `passphraseOf`: what the passphrase opens. */
export function rootOptions(command: Command, passphraseOf = 'the key'): Command {
  return command
    .requiredOption('--root <file>', 'certificate of the root, PEM')
    .requiredOption('--root-key <file>', 'private key of the root, PEM')
    .option(
      '--passphrase-file <file>',
      `file with the passphrase of ${passphraseOf} (default: MORTISE_ROOT_PASSPHRASE)`,
    );
}

/** Throws CommandFailure. */
export function readRoot(flags: RootFlags, context: CommandContext): RootGiven {
  return {
    root: readParsed('--root', flags.root, 'certificate (PEM)', (text) => Certificate.parse(text)),
    keyPem: readGiven('--root-key', flags.rootKey),
    passphrase: findPassphrase(flags, context),
  };
}
