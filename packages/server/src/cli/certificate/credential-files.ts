import { accessSync, chmodSync, constants, existsSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
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

/**
 * Says before anything is issued that a key would be replaced: the former may be the only one of a certificate in use.
 * Throws CommandFailure (status 2).
 */
export function refuseOtherKey(folder: string): void {
  const path = join(folder, 'key.pem');
  if (!existsSync(path)) return;
  throw new CommandFailure(
    2,
    'file_exists',
    `${path} is there already, and nothing was issued; name another folder with --out, or replace the key with --force`,
  );
}

/** Says before anything is issued that the folder would not take it. One that is missing is made for that, and taken away again. */
export function checkWritable(folder: string): void {
  const missing: string[] = [];
  for (let each = resolve(folder); !existsSync(each); each = dirname(each)) missing.push(each);
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw cannotWrite(folder, error);
  } finally {
    for (const each of missing) if (existsSync(each)) rmdirSync(each);
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
