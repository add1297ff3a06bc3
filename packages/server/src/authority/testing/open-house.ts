import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Client } from '../../clients/index.ts';
import { Clients, Resources } from '../../clients/index.ts';
import type { Event, JsonObject } from '../../events/index.ts';
import type { Storage } from '../../storage/index.ts';
import { openStorage } from '../../storage/index.ts';
import { Authority } from '../authority.ts';
import type { AuthorityKeyType } from '../authority-record.ts';
import type { KeyPlace } from '../signers/authority-keys.ts';
import type { TokenKeys } from '../signers/pkcs11.ts';

/** Where the tests' time begins. */
export const startOfTime = Date.parse('2026-03-01T12:00:00Z');

/** A clock that stands until it is set. */
export class TestClock {
  now = startOfTime;
  readonly read = (): number => this.now;

  advanceSeconds(seconds: number): void {
    this.now += seconds * 1000;
  }
}

/** Clients, resources and the authority over a real database in a temporary folder. */
export interface House {
  readonly clock: TestClock;
  readonly url: string;
  readonly storage: Storage;
  readonly clients: Clients;
  readonly resources: Resources;
  readonly authority: Authority;
  /** Every event so far, oldest first. */
  readonly events: () => Promise<Event[]>;
  readonly client: (metadata: JsonObject) => Promise<Client>;
  readonly resource: (identifier: string, scopes: string[], resourceServers?: string[]) => Promise<void>;
  /** Another process over the same database; it must be a database that several can share. */
  readonly again: () => Promise<House>;
}

const masterKey = { kind: 'key', bytes: Buffer.alloc(32, 7) } as const;

/** Opens a house that is closed after the test. `url`: an empty database; default one on SQLite. */
export async function openHouse(
  test: TestContext,
  options: {
    readonly algorithm?: AuthorityKeyType;
    readonly url?: string;
    readonly tokenKeys?: TokenKeys;
    /** Of the keys of the first start. Default: the database. */
    readonly place?: KeyPlace;
  } = {},
): Promise<House> {
  const { url = temporaryDatabase(test), ...more } = options;
  return assemble(test, url, new TestClock(), more);
}

function temporaryDatabase(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-house-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'mortise.db')}`;
}

async function assemble(
  test: TestContext,
  url: string,
  clock: TestClock,
  options: {
    readonly algorithm?: AuthorityKeyType;
    readonly tokenKeys?: TokenKeys;
    readonly place?: KeyPlace;
  },
): Promise<House> {
  const storage = await openStorage({ url, clock: clock.read, masterKey });
  const { feed, sealer } = storage;
  const issuer = 'https://mortise.example';
  let authority: Authority | undefined;
  const shared = { feed, clock: clock.read };
  const clients = new Clients({
    ...shared,
    store: storage.clients,
    resourceStore: storage.resources,
    sealer,
    issuer,
    ownAnchorPins: () => authority?.pins() ?? [],
  });
  const resources = new Resources({ ...shared, store: storage.resources, clientStore: storage.clients });
  authority = await Authority.open({
    ...shared,
    store: storage.authorities,
    profileStore: storage.profiles,
    sealer,
    clients,
    partitions: storage.crlPartitions,
    names: { issuer, pkiUrl: 'http://pki.mortise.example:8080' },
    ...options,
  });
  const opened = authority;
  test.after(async () => {
    opened.close();
    clients.close();
    await storage.close();
  });
  return {
    clock,
    url,
    storage,
    clients,
    resources,
    authority: opened,
    events: () => feed.read(0, 10_000),
    client: async (metadata) => (await clients.create({ metadata, actor: 'cli' })).client,
    resource: async (identifier, scopes, resourceServers = []) => {
      const metadata = { resource: identifier, scopes_supported: scopes, resource_servers: resourceServers };
      await resources.create({ metadata, actor: 'cli' });
    },
    again: () => assemble(test, url, clock, options),
  };
}
