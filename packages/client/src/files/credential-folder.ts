import { randomBytes } from 'node:crypto';
import { access, mkdir, readdir, readFile, readlink, realpath, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type AccountKey, accountKeyPem, createAccountKey, readAccountKey } from '../acme/account-key.ts';
import { ClientError } from '../errors.ts';
import { type Credential, type CredentialText, readCredential } from './credential.ts';
import { linkDurably, makeFolder, writeDurably } from './write-durably.ts';

/** A credential that is on the disk, and not yet what readers find. */
export interface Staged {
  readonly credential: Credential;
  /** Name of its folder below `versions`. */
  readonly version: string;
}

/** What readers find, through `current`. */
const names = ['key.pem', 'cert.pem', 'ca.pem', 'combined.pem'] as const;
const partial = /\.[0-9a-f]{12}\.new$/;

/**
 * A folder that holds a certificate, its key and what it trusts, for this program and for others:
 *
 * - `current`, a link to the folder of the credential in use. A reader that opens it once, or resolves it once, finds a key
 *   and a certificate that belong together, whatever happens meanwhile; the former one stays until the next but one.
 * - `key.pem`, `cert.pem` (leaf first), `ca.pem` and `combined.pem` (key, then certificates), links through `current`;
 *   `combined.pem` is one file and so never a mixture.
 * - `account.pem`, the key of the ACME account, and `enrolment.json`, where it enrolled.
 *
 * What holds a key has mode 0600 and comes into being by rename, after it is on the disk. One program writes at a time.
 */
export class CredentialFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes the folder (mode 0700) where it is not there, and clears what an interrupted write left. Throws `folder_unusable`. */
  static async open(path: string): Promise<CredentialFolder> {
    const folder = new CredentialFolder(path);
    return folder.#using(async () => {
      await makeFolder(path);
      for (const name of await readdir(path))
        if (partial.test(name)) await rm(join(path, name), { force: true });
      return folder;
    });
  }

  /** The credential in use; undefined where there is none. Throws `credential_invalid`, `folder_unusable`. */
  async read(): Promise<Credential | undefined> {
    return this.#using(async () => {
      // Resolved once: all three files are of one credential. A folder without versions is one that "certificate issue" wrote.
      const place = await realpath(join(this.path, 'current')).catch(absent);
      const [key, cert, ca] = await Promise.all(
        names.slice(0, 3).map((name) => readFile(join(place ?? this.path, name), 'utf8').catch(absent)),
      );
      return key === undefined || cert === undefined
        ? undefined
        : readCredential({ key, cert, ca: ca ?? '' });
    });
  }

  /** When the certificate in use was written, epoch milliseconds. Throws `folder_unusable`. */
  async writtenAt(): Promise<number> {
    return this.#using(async () => (await stat(join(this.path, 'cert.pem'))).mtimeMs);
  }

  /** What `ca.pem` holds; undefined where there is none. */
  async readTrusted(): Promise<string | undefined> {
    const text = await this.#using(() => readFile(join(this.path, 'ca.pem'), 'utf8').catch(absent));
    return text?.includes('-----BEGIN CERTIFICATE-----') === true ? text : undefined;
  }

  /** Writes a credential beside the one in use. Throws `credential_invalid`, `folder_unusable`. */
  async stage(text: CredentialText): Promise<Staged> {
    const credential = readCredential(text);
    const { key, cert, ca, certificate } = credential;
    const began = new Date(certificate.notBefore).toISOString().replace(/[-:]|\.\d+/g, '');
    // Never the name of another: what readers may have open is not written again.
    const version = `${began}-${certificate.fingerprint256.slice(0, 16)}-${randomBytes(4).toString('hex')}`;
    const place = join(this.path, 'versions', version);
    return this.#using(async () => {
      await makeFolder(join(this.path, 'versions'));
      await mkdir(place, { mode: 0o700 });
      await writeDurably(join(place, 'key.pem'), key, 0o600);
      await writeDurably(join(place, 'cert.pem'), cert, 0o644);
      await writeDurably(join(place, 'ca.pem'), ca, 0o644);
      await writeDurably(join(place, 'combined.pem'), `${key.trimEnd()}\n${cert}`, 0o600);
      return { credential, version };
    });
  }

  /** Whether a staged credential is still there: another that was published since may have removed it. */
  async holds({ version }: Staged): Promise<boolean> {
    const path = join(this.path, 'versions', version, 'combined.pem');
    return this.#using(() =>
      access(path).then(
        () => true,
        (error) => absent(error) ?? false,
      ),
    );
  }

  /** Has readers find a staged credential from now on, in one step. Throws `folder_unusable`. */
  async publish({ version }: Staged): Promise<void> {
    await this.#using(async () => {
      const current = join(this.path, 'current');
      // Gone: another program writes here, too. What works stays.
      await access(join(this.path, 'versions', version, 'combined.pem'));
      const former = await readlink(current).catch(absent);
      await linkDurably(current, join('versions', version));
      for (const name of names) {
        const target = join('current', name);
        const found = await readlink(join(this.path, name)).catch(absent);
        if (found !== target) await linkDurably(join(this.path, name), target);
      }
      await this.#prune([version, basename(former ?? '')]);
    });
  }

  /** The key of the ACME account, made where there is none. Throws `configuration_invalid`, `folder_unusable`. */
  async accountKey(): Promise<AccountKey> {
    const path = join(this.path, 'account.pem');
    return this.#using(async () => {
      const pem = await readFile(path, 'utf8').catch(absent);
      if (pem !== undefined) return readAccountKey(pem);
      const key = createAccountKey();
      await writeDurably(path, accountKeyPem(key), 0o600);
      return key;
    });
  }

  /** What was remembered; undefined where nothing was, or it is no JSON. */
  async recall(): Promise<unknown> {
    const text = await this.#using(() => readFile(join(this.path, 'enrolment.json'), 'utf8').catch(absent));
    try {
      return text === undefined ? undefined : (JSON.parse(text) as unknown);
    } catch {
      return undefined;
    }
  }

  /** Remembers where it enrolled, so that the next start needs to be told nothing. */
  async remember(document: object): Promise<void> {
    const path = join(this.path, 'enrolment.json');
    await this.#using(() => writeDurably(path, `${JSON.stringify(document, null, 2)}\n`, 0o600));
  }

  async #prune(kept: readonly string[]): Promise<void> {
    const versions = join(this.path, 'versions');
    for (const name of await readdir(versions)) {
      if (!kept.includes(name)) await rm(join(versions, name), { recursive: true, force: true });
    }
  }

  async #using<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ClientError) throw error;
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      throw new ClientError('folder_unusable', `${this.path} cannot be used (${code})`, { cause: error });
    }
  }
}

/** What is not there is no failure. `EINVAL`: a link was expected, and a file is there. */
function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'EINVAL') return undefined;
  throw error;
}
