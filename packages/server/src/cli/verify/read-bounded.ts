import { closeSync, openSync, readSync } from 'node:fs';
import { CommandFailure } from '../failure.ts';

/** Largest file that is read, in octets: 128 Mi, for CRLs of a few million entries. */
const maximumOctets = 128 * 1024 * 1024;

/** A whole file; `-` is standard input. Throws CommandFailure with status 2. */
export function readBounded(path: string): Buffer {
  const file = path === '-' ? '/dev/stdin' : path;
  const chunks: Buffer[] = [];
  let length = 0;
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    for (;;) {
      const chunk = Buffer.allocUnsafe(256 * 1024);
      const read = readSync(descriptor, chunk);
      if (read === 0) return Buffer.concat(chunks, length);
      length += read;
      if (length > maximumOctets) throw new CommandFailure(2, 'file_too_large', `${path} is too large`);
      chunks.push(chunk.subarray(0, read));
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw unreadable(path, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

const causes: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
};

function unreadable(path: string, error: unknown): CommandFailure {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return new CommandFailure(2, 'file_unreadable', `${path} cannot be read: ${causes[code] ?? code}`);
}
