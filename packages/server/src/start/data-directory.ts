import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { StartError } from './start-error.ts';

export type ListenerPorts = Readonly<Record<'public' | 'mtls' | 'pki' | 'metrics', string>>;

/** What commands read to find the server: DATA/server.json. */
export interface ServerFile {
  readonly issuer: string;
  readonly mtls: string;
  readonly pki: string;
  /** SHA-256 of each root, lower-case hexadecimal: what `--ca-fingerprint` takes. */
  readonly ca_fingerprints: readonly string[];
  /** Addresses bound. */
  readonly listening: ListenerPorts;
}

/** The folder of a server on one machine. Files of its owner alone. */
export class DataDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get databaseUrl(): string {
    return `sqlite:${join(this.path, 'mortise.db')}`;
  }

  hasDatabase(): boolean {
    return existsSync(this.file('mortise.db'));
  }

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Makes the folder (mode 0700) where it is not there, and checks that it can be written. Throws StartError. */
  prepare(): void {
    try {
      makeFolder(this.path);
      if (!statSync(this.path).isDirectory()) {
        throw new StartError('data_unwritable', `data directory ${this.path} is not a folder`);
      }
      accessSync(this.path, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      throw unwritable(this.path, error);
    }
  }

  /** Whether it could be made or written, before anything is. Throws StartError. */
  check(): void {
    let nearest = resolve(this.path);
    while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
    try {
      if (!statSync(nearest).isDirectory()) {
        throw new StartError('data_unwritable', `data directory ${this.path}: ${nearest} is not a folder`);
      }
      accessSync(nearest, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw unwritable(this.path, error);
    }
  }

  readServerFile(): ServerFile | undefined {
    let text: string;
    try {
      text = readFileSync(this.file('server.json'), 'utf8');
    } catch {
      return undefined;
    }
    try {
      return JSON.parse(text) as ServerFile;
    } catch {
      throw new StartError(
        'data_invalid',
        `${this.file('server.json')} is not JSON; delete it to start anew`,
      );
    }
  }

  writeServerFile(file: ServerFile): void {
    this.write('server.json', `${JSON.stringify(file, null, 2)}\n`, 0o644);
  }

  /** Whole or not at all. Throws StartError. */
  write(name: string, text: string, mode: number): void {
    const path = this.file(name);
    try {
      makeFolder(dirname(path));
      writeFileSync(`${path}.new`, text, { mode });
      chmodSync(`${path}.new`, mode);
      renameSync(`${path}.new`, path);
    } catch (error) {
      throw unwritable(path, error);
    }
  }
}

function unwritable(path: string, error: unknown): StartError {
  if (error instanceof StartError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const why = code === 'EROFS' ? 'is on a read-only file system' : `cannot be written (${code})`;
  return new StartError('data_unwritable', `data directory ${path} ${why}`);
}
