import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openStorage, type Storage } from '../../storage/index.ts';
import { SigningKeys, type SigningKeysOptions } from '../index.ts';

/** Where time starts in these tests: a whole second. */
export const startOfTime = 1_800_000_000_000;

export interface TestKeys {
  readonly storage: Storage;
  /** Epoch milliseconds; moved by the test. */
  readonly time: { now: number };
  readonly clock: () => number;
  /** What went wrong in the background. */
  readonly errors: unknown[];
  /** Another node's keys over the same storage. */
  open(options?: Partial<SigningKeysOptions>): Promise<SigningKeys>;
}

/** A new SQLite database for signing keys, closed after the test. */
export async function openTestKeys(test: TestContext): Promise<TestKeys> {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-keys-'));
  const opened: SigningKeys[] = [];
  const time = { now: startOfTime };
  const clock = (): number => time.now;
  const errors: unknown[] = [];
  const storage = await openStorage({
    url: `sqlite:${join(folder, 'mortise.db')}`,
    clock,
    masterKey: { kind: 'key', bytes: randomBytes(32) },
  });
  test.after(async () => {
    for (const keys of opened) await keys.close();
    await storage.close();
    rmSync(folder, { recursive: true });
  });
  return {
    storage,
    time,
    clock,
    errors,
    async open(options = {}) {
      const keys = await SigningKeys.open({
        store: storage.signingKeys,
        feed: storage.feed,
        sealer: storage.sealer,
        clock,
        onError: (error) => errors.push(error),
        maintenanceIntervalMs: 2 ** 30,
        ...options,
      });
      opened.push(keys);
      return keys;
    },
  };
}
