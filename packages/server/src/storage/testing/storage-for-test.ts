import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { MasterKey } from '../master-key.ts';
import { openStorage, type Storage, type StorageOptions } from '../open-storage.ts';
import { now } from './records.ts';

export const masterKey: MasterKey = { kind: 'key', bytes: Buffer.alloc(32, 7) };

/** One kind of database, as the contract suite asks for it. */
export interface DatabaseKind {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** Whether several processes may have one database open. */
  readonly shared: boolean;
  /** The URL of a new empty database. */
  createDatabase(): Promise<string>;
}

/** A folder that is gone when the tests of this file have run. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'storage-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function sqliteKind(): DatabaseKind {
  const folder = temporaryFolder();
  let count = 0;
  return {
    name: 'SQLite',
    shared: false,
    async createDatabase() {
      count += 1;
      return `sqlite:${join(folder, `${count}.db`)}`;
    },
  };
}

/** Runs `work` on an open storage, and closes it. */
export async function withStorage<Result>(
  options: Partial<StorageOptions> & { readonly url: string },
  work: (storage: Storage) => Promise<Result>,
): Promise<Result> {
  const storage = await openStorage({ clock: () => now, masterKey, ...options });
  try {
    return await work(storage);
  } finally {
    await storage.close();
  }
}

/** Runs `work` on a new empty database. */
export async function withNewStorage<Result>(
  kind: DatabaseKind,
  work: (storage: Storage) => Promise<Result>,
): Promise<Result> {
  return withStorage({ url: await kind.createDatabase() }, work);
}

/** Runs `work` on two nodes over one new database; where only one process may have it, both are the same. */
export async function withTwoNodes<Result>(
  kind: DatabaseKind,
  work: (one: Storage, other: Storage) => Promise<Result>,
): Promise<Result> {
  const url = await kind.createDatabase();
  return withStorage({ url }, (one) =>
    kind.shared ? withStorage({ url }, (other) => work(one, other)) : work(one, one),
  );
}
