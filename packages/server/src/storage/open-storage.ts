import type { AcmeAdministrationStore, AcmeStore } from '../acme/index.ts';
import type {
  AuthorityStore,
  CrlPartitionStore,
  LineageStore,
  ProfileStore,
  RecallStore,
  RolloverStore,
} from '../authority/index.ts';
import type { ReplayGuardStore } from '../authorization/index.ts';
import type { ClientStore, CredentialUseStore, ResourceStore } from '../clients/index.ts';
import type { Event, Feed, Seal } from '../events/index.ts';
import type { CrlStore, NodeStore, OcspStore, RevocationStore } from '../revocation/index.ts';
import type { KeyStore } from '../tokens/index.ts';
import { Acts, type CommittedEvents } from './acts.ts';
import type { Database } from './database.ts';
import { readHistory } from './history.ts';
import { bindInstanceKey, type InstanceKey, makeInstanceKey, openInstanceKey } from './instance-key.ts';
import type { MasterKey } from './master-key.ts';
import { migrate } from './migrate.ts';
import { type OpenDatabase, openDatabase } from './open-database.ts';
import { PostgresDatabase } from './postgres.ts';
import { PostgresFeed } from './postgres-feed.ts';
import { AcmeQueries } from './queries/acme.ts';
import { AcmeAdministrationQueries } from './queries/acme-administration.ts';
import { AuthorityQueries } from './queries/authorities.ts';
import { ClientQueries } from './queries/clients.ts';
import { CredentialUseQueries } from './queries/credential-uses.ts';
import { CrlPartitionQueries } from './queries/crl-partitions.ts';
import { InstanceQueries, type InstanceStore } from './queries/instance.ts';
import { LineageQueries } from './queries/lineages.ts';
import { NodeQueries } from './queries/nodes.ts';
import { ProfileQueries } from './queries/profiles.ts';
import { PublishingQueries } from './queries/publishing.ts';
import { RecallQueries } from './queries/recalls.ts';
import { ReplayGuardQueries } from './queries/replay-guard.ts';
import { ResourceQueries } from './queries/resources.ts';
import { RevocationQueries } from './queries/revocation.ts';
import { RolloverQueries } from './queries/rollovers.ts';
import { lastSeal } from './queries/seals.ts';
import { SigningKeyQueries } from './queries/signing-keys.ts';
import { Schedule } from './schedule.ts';
import { SealFile } from './seal-file.ts';
import type { Sealer } from './sealer.ts';
import { Sealing } from './sealing.ts';
import { SqliteFeed } from './sqlite-feed.ts';

/** Where the storage says what went wrong behind the scenes; pino's loggers fit. */
export interface StorageLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface StorageOptions {
  /** `sqlite:<path>` or `postgres://…`. */
  readonly url: string;
  /** The present in epoch milliseconds. */
  readonly clock: () => number;
  readonly masterKey: MasterKey;
  /** Where the seals of the feed are appended, one JSON object a line. Default: in the database alone. */
  readonly sealFile?: string;
  /** Default: nothing is said. */
  readonly log?: StorageLog;
}

/** The seals of the feed. One is made every ten seconds if there is something to seal, and on closing. */
export interface Seals {
  /** Seals what is final now. */
  seal(): Promise<void>;
  last(): Promise<Seal | undefined>;
}

/** Everything that is kept. All stores share one database and one feed. */
export interface Storage {
  /** Whether other processes may work on the same database: PostgreSQL's, not SQLite's. */
  readonly isShared: boolean;
  readonly clients: ClientStore;
  readonly resources: ResourceStore;
  readonly credentialUses: CredentialUseStore;
  readonly signingKeys: KeyStore;
  readonly authorities: AuthorityStore;
  readonly profiles: ProfileStore;
  readonly rollovers: RolloverStore;
  readonly recalls: RecallStore;
  readonly lineages: LineageStore;
  readonly acme: AcmeStore;
  readonly acmeAdministration: AcmeAdministrationStore;
  readonly crlPartitions: CrlPartitionStore;
  readonly revocation: RevocationStore;
  /** What CRLs and OCSP answers are made of. */
  readonly publishing: CrlStore & OcspStore;
  readonly nodes: NodeStore;
  readonly replayGuard: ReplayGuardStore;
  readonly instance: InstanceStore;
  readonly feed: Feed;
  /** Which numbering the sequences of events belong to; undefined where the database was never restored. */
  readonly history: string | undefined;
  /** Encrypts under the master key. */
  readonly sealer: Sealer;
  readonly seals: Seals;
  /** Commits what was begun, then gives the database back. */
  close(): Promise<void>;
}

const sealIntervalMs = 10_000;
const sweepIntervalMs = 60_000;

const silent: StorageLog = { warn: () => {}, error: () => {} };

/**
 * Opens a database and brings its schema up to date. Throws StorageError: `locked`, `read_only`, `newer_version`,
 * `wrong_master_key`, `unreachable` or `corrupt`, each with nothing changed.
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { clock, masterKey, log = silent } = options;
  let sealer: Sealer | undefined;
  const open = await openDatabase({
    url: options.url,
    onLost: (error) => log.warn({ err: error }, 'a connection to the database was lost'),
    inspect: async (reader, version) => {
      if (version > 0) sealer = await openInstanceKey(reader, masterKey);
    },
  });
  try {
    sealer = await prepare(open.database, clock, masterKey, sealer);
    return await assemble(open, options, sealer);
  } catch (error) {
    await open.close();
    throw error;
  }
}

/** Brings the schema up to date, and a new database under its master key. */
async function prepare(
  database: Database,
  clock: () => number,
  masterKey: MasterKey,
  known: Sealer | undefined,
): Promise<Sealer> {
  if (known !== undefined) {
    await migrate(database, clock());
    return known;
  }
  const made: InstanceKey = await makeInstanceKey(masterKey);
  let bound = false;
  await migrate(database, clock(), async (transaction) => {
    const rows = await transaction.all('SELECT name FROM settings LIMIT 1');
    bound = rows.length === 0;
    if (bound) await bindInstanceKey(transaction, masterKey, made);
  });
  if (bound) return made.sealer;
  // Another node was first.
  return (await openInstanceKey(database, masterKey)) ?? made.sealer;
}

async function assemble(open: OpenDatabase, options: StorageOptions, sealer: Sealer): Promise<Storage> {
  const { database } = open;
  const { clock, log = silent } = options;
  const feed = await openFeed(database, options);
  const acts = new Acts(database, clock, feed);
  const replayGuard = new ReplayGuardQueries(database);
  const file = await openSealFile(database, options);
  const sealing = new Sealing({ database, feed, sealer, clock, file, log });
  const sealed = new Schedule(
    sealIntervalMs,
    () => sealing.seal(),
    (error) => log.error({ err: error }, 'the feed could not be sealed'),
  );
  const swept = new Schedule(
    sweepIntervalMs,
    async () => {
      await replayGuard.deleteExpired(clock());
    },
    (error) => log.warn({ err: error }, 'expired rows could not be deleted'),
  );
  return {
    isShared: database.dialect === 'postgres',
    clients: new ClientQueries(acts),
    resources: new ResourceQueries(acts),
    credentialUses: new CredentialUseQueries(database),
    signingKeys: new SigningKeyQueries(acts),
    authorities: new AuthorityQueries(acts),
    profiles: new ProfileQueries(acts),
    rollovers: new RolloverQueries(acts),
    recalls: new RecallQueries(acts),
    lineages: new LineageQueries(database),
    acme: new AcmeQueries(acts),
    acmeAdministration: new AcmeAdministrationQueries(acts),
    crlPartitions: new CrlPartitionQueries(database),
    revocation: new RevocationQueries(acts),
    publishing: new PublishingQueries(database),
    nodes: new NodeQueries(database),
    replayGuard,
    instance: new InstanceQueries(acts),
    feed,
    history: await readHistory(database),
    sealer,
    seals: { seal: () => sealed.now(), last: () => lastSeal(database) },
    close: async () => {
      await swept.stop();
      await sealed.now().catch((error) => log.error({ err: error }, 'the feed could not be sealed'));
      await sealed.stop();
      await sealing.close();
      await open.close();
      // Last, because an act ends when its event is delivered.
      await feed.close();
    },
  };
}

async function openSealFile(database: Database, options: StorageOptions): Promise<SealFile | undefined> {
  if (options.sealFile === undefined) return undefined;
  return SealFile.open(options.sealFile, database, ({ from, to }) => {
    const { log = silent } = options;
    log.error(
      { from, to },
      'the last seal in the file is not in the database: the audit log was put back or changed',
    );
  });
}

type OwnFeed = Feed & CommittedEvents & { close(): Promise<void> };

async function openFeed(database: Database, options: StorageOptions): Promise<OwnFeed> {
  const { clock, log = silent } = options;
  const onError = (subscriber: string, event: Event, error: unknown) => {
    log.error({ err: error, subscriber, sequence: event.sequence }, 'a reader of the feed failed');
  };
  if (!(database instanceof PostgresDatabase)) return SqliteFeed.open(database, clock, onError);
  return PostgresFeed.open({
    url: database.url,
    database,
    clock,
    onError,
    onConnection: (error) => {
      if (error === undefined) log.warn({}, 'the feed is connected to the database again');
      else log.error({ err: error }, 'the feed has lost its connection to the database');
    },
  });
}
