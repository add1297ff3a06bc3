import { accessSync, chmodSync, constants, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../start/make-folder.ts';
import { CommandFailure } from '../failure.ts';

/**
 * Writes key.pem (mode 0600, only with a key), cert.pem (leaf, then intermediates) and ca.pem into a folder, each whole or not
 * at all. Throws CommandFailure (status 2).
 */
export function writeCredentialFiles(
  folder: string,
  files: { readonly privateKey?: string | undefined; readonly certificates: string; readonly ca: string },
): void {
  try {
    makeFolder(folder);
    if (files.privateKey !== undefined) writeWhole(join(folder, 'key.pem'), files.privateKey, 0o600);
    writeWhole(join(folder, 'cert.pem'), files.certificates, 0o644);
    writeWhole(join(folder, 'ca.pem'), files.ca, 0o644);
  } catch (error) {
    throw cannotWrite(folder, error);
  }
}

/** Says before anything is issued that the folder would not take it. Makes the folder. */
export function checkWritable(folder: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw cannotWrite(folder, error);
  }
}

function writeWhole(path: string, text: string, mode: number): void {
  const partial = `${path}.new`;
  writeFileSync(partial, text, { mode });
  chmodSync(partial, mode);
  renameSync(partial, path);
}

function cannotWrite(folder: string, error: unknown): CommandFailure {
  return new CommandFailure(
    2,
    'folder_unwritable',
    `${folder} cannot be written (${(error as NodeJS.ErrnoException).code})`,
  );
}
