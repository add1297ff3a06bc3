import { type FileHandle, open } from 'node:fs/promises';
import { parseSealLine, type Seal, sealLine } from '../events/index.ts';
import type { Reader } from './database.ts';
import { sealEndingAt, sealsAfter } from './queries/seals.ts';

const page = 1_000;
/** Longer than any line. */
const tailBytes = 4_096;

/**
 * The seals in a file that is only ever appended to, one a line: what an operator copies to where nobody can change it.
 * Each node keeps the seals of all.
 */
export class SealFile {
  readonly #file: FileHandle;
  /** Seals up to this sequence are in the file, or were before it was there. */
  #written: number;

  private constructor(file: FileHandle, written: number) {
    this.#file = file;
    this.#written = written;
  }

  /** `onRewound`: the file's last seal is not in the database, so that its history was changed, or is an older backup's. */
  static async open(path: string, reader: Reader, onRewound: (seal: Seal) => void): Promise<SealFile> {
    const file = await open(path, 'a+', 0o600);
    try {
      const last = await lastSealOf(file);
      if (last === undefined) return new SealFile(file, 0);
      const known = await sealEndingAt(reader, last.to);
      if (known?.hash !== last.hash) onRewound(last);
      return new SealFile(file, last.to);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Appends what the database has and the file has not; on the disk when it resolves. */
  async catchUp(reader: Reader): Promise<void> {
    for (let count = page; count === page; ) {
      const seals = await sealsAfter(reader, this.#written, page);
      count = seals.length;
      const last = seals[count - 1];
      if (last === undefined) return;
      await this.#file.appendFile(seals.map((seal) => `${sealLine(seal)}\n`).join(''));
      await this.#file.datasync();
      this.#written = last.to;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** The last whole line that is a seal; a line cut off by a crash is ended, so that the next starts on its own. */
async function lastSealOf(file: FileHandle): Promise<Seal | undefined> {
  const { size } = await file.stat();
  const start = Math.max(0, size - tailBytes);
  const tail = Buffer.alloc(size - start);
  await file.read(tail, 0, tail.length, start);
  const text = tail.toString('utf8');
  if (text !== '' && !text.endsWith('\n')) await file.appendFile('\n');
  return text
    .split('\n')
    .reverse()
    .map(parseSealLine)
    .find((seal) => seal !== undefined);
}
