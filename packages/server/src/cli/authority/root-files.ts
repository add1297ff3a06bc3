import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { X509Error } from '@mortise/x509';
import type { AuthorityKeyType } from '../../authority/index.ts';
import { makeFolder } from '../../start/make-folder.ts';
import { checkWritable } from '../certificate/credential-files.ts';
import type { CommandContext } from '../context.ts';
import type { AuthorityRequestDocument } from '../documents.ts';
import { CommandFailure, wrongUse } from '../failure.ts';

/** What lies in the folder of an offline root. */
export const rootFileNames = ['root-key.pem', 'root.pem', 'REQUEST.csr'] as const;

/** Reads what a flag names. Throws CommandFailure. */
export function readGiven(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw wrongUse(`${flag}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Reads what a flag names, as `parse` does. Throws CommandFailure. */
export function readParsed<T>(flag: string, path: string, what: string, parse: (text: string) => T): T {
  const text = readGiven(flag, path);
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof X509Error) throw wrongUse(`${flag}: ${path} holds no ${what}`);
    throw error;
  }
}

/** From `--passphrase-file`, without the end of its line, or `MORTISE_ROOT_PASSPHRASE`. */
export function findPassphrase(
  flags: { readonly passphraseFile?: string },
  context: CommandContext,
): string | undefined {
  if (flags.passphraseFile === undefined) return context.environment['MORTISE_ROOT_PASSPHRASE'];
  return readGiven('--passphrase-file', flags.passphraseFile).replace(/\r?\n$/, '');
}

/**
 * Makes a root whose key stays in a file here, encrypted, and registers its certificate with the server. The files are written first, so that no
 * root is trusted whose key is lost; where the server refuses, they are gone again, with the folders that were made for them. Where no answer
 * came, the server may have taken the root: then they stay.
 */
export async function keepRootFiles<Answer>(options: {
  readonly name: string;
  readonly folder: string;
  readonly flags: { readonly passphraseFile?: string; readonly keyType?: string };
  readonly context: CommandContext;
  /** Rejects where the server cannot be reached: then nothing is written at all. */
  readonly reach: () => Promise<unknown>;
  readonly register: (more: { readonly offline_root: string }) => Promise<Answer>;
}): Promise<Answer> {
  const { name, folder, flags, context, reach, register } = options;
  const passphrase = findPassphrase(flags, context);
  if (passphrase === undefined) {
    throw wrongUse("give the passphrase of the root's key with --passphrase-file or MORTISE_ROOT_PASSPHRASE");
  }
  const { keyFile, rootFile } = freeRootFiles(folder);
  await reach();
  const { encryptPrivateKey, makeOfflineRoot } = await import('../../authority/index.ts');
  const keyType = (flags.keyType ?? 'ec-p256') as AuthorityKeyType;
  const { certificate, privateKey } = await makeOfflineRoot({ name, keyType, now: context.now() });
  const pem = certificate.toPem();
  const written: string[] = [];
  let folders: string[] = [];
  try {
    folders = makeFolder(folder);
    for (const [file, text, mode] of [
      [keyFile, encryptPrivateKey(privateKey, passphrase), 0o600],
      [rootFile, pem, 0o644],
    ] as const) {
      writeFileSync(file, text, { mode, flag: 'wx' });
      written.push(file);
    }
    return await register({ offline_root: pem });
  } catch (error) {
    const failure = asFailure(error);
    if (failure instanceof CommandFailure && failure.status === 2) throw undecided(failure, folder);
    for (const file of written) rmSync(file, { force: true });
    for (const each of folders.reverse()) if (readdirSync(each).length === 0) rmdirSync(each);
    throw failure;
  }
}

function undecided({ code, message }: CommandFailure, folder: string): CommandFailure {
  const next = `if "mortise authority show" does not list the root, remove ${folder} and try again`;
  return new CommandFailure(2, code, `${message}; the server may have taken the root all the same: ${next}`);
}

/** Where the files of a new root go. Throws CommandFailure if the folder cannot be written, or one of them is there. */
export function freeRootFiles(folder: string): { readonly keyFile: string; readonly rootFile: string } {
  checkWritable(folder);
  const keyFile = join(folder, 'root-key.pem');
  const rootFile = join(folder, 'root.pem');
  for (const file of [keyFile, rootFile]) {
    if (existsSync(file)) throw new CommandFailure(2, 'file_exists', `${file} is there already`);
  }
  return { keyFile, rootFile };
}

/** Writes the request of an intermediate; its root may be elsewhere. */
export function writeRequestFile(folder: string, request: AuthorityRequestDocument): string {
  checkWritable(folder);
  makeFolder(folder);
  const file = join(folder, `${request.request_id}.csr`);
  writeFileSync(file, request.csr);
  return file;
}

/** What the authority's code refuses, as this command ends. */
export function asFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'AuthorityError') return error;
  return new CommandFailure(1, (error as Error & { code: string }).code, error.message);
}
