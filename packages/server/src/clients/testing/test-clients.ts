import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openStorage, type Storage } from '../../storage/index.ts';
import { Clients, Resources } from '../index.ts';

/** Where time starts in these tests: a whole second. */
export const startOfTime = 1_800_000_000_000;

export interface TestClients {
  readonly storage: Storage;
  readonly clients: Clients;
  readonly resources: Resources;
  /** Epoch milliseconds; moved by the test. */
  readonly time: { now: number };
}

/** Clients and resources over a new SQLite database, closed after the test. One resource, `https://api.example`, offers `read` and `write`. */
export async function openTestClients(
  test: TestContext,
  options: { ownAnchorPins?: () => readonly string[]; cacheCapacity?: number } = {},
): Promise<TestClients> {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-clients-'));
  const time = { now: startOfTime };
  const clock = (): number => time.now;
  const storage = await openStorage({
    url: `sqlite:${join(folder, 'mortise.db')}`,
    clock,
    masterKey: { kind: 'key', bytes: randomBytes(32) },
  });
  const { feed } = storage;
  const clients = new Clients({
    store: storage.clients,
    resourceStore: storage.resources,
    feed,
    sealer: storage.sealer,
    clock,
    issuer: 'https://auth.example',
    ...options,
  });
  const resources = new Resources({ store: storage.resources, clientStore: storage.clients, feed, clock });
  await resources.create({
    metadata: { resource: 'https://api.example', scopes_supported: ['read', 'write'] },
    actor: 'cli',
  });
  test.after(async () => {
    clients.close();
    resources.close();
    await storage.close();
    rmSync(folder, { recursive: true });
  });
  return { storage, clients, resources, time };
}
