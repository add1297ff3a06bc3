import { randomBytes } from 'node:crypto';
import { type FileHandle, lstat, mkdir, open, rename, rm, symlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Writes a file whole or not at all, and through a power loss: beside its place, to the disk, then renamed. */
export async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  const partial = partialName(path);
  try {
    // Exclusive: nobody else's file or link is written through. The mode holds before there is anything to read.
    const file = await open(partial, 'wx', mode);
    try {
      await file.chmod(mode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Points a symbolic link elsewhere in one step: whoever opens it finds the former target or the new one. */
export async function linkDurably(path: string, target: string): Promise<void> {
  const partial = partialName(path);
  try {
    await symlink(target, partial);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes a folder (mode 0700) and those above it, where they are not there. Not `recursive`, which never ends below /proc. */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let folder = resolve(path); !(await exists(folder)); folder = dirname(folder)) missing.unshift(folder);
  for (const folder of missing) {
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** A name that was made is on the disk once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    // Some file systems take no sync of a folder; then there is nothing more to do.
    if (!['EINVAL', 'EISDIR', 'EPERM', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      throw error;
    }
  } finally {
    await handle?.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function partialName(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}.new`;
}
