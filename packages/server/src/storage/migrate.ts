import type { Database, Reader, Transaction } from './database.ts';
import { StorageError } from './errors.ts';
import { type Migration, migrations, newestVersion } from './migrations/index.ts';
import { inDialect } from './migrations/migration.ts';

/** Any fixed number: who holds this advisory lock of PostgreSQL is changing the schema. */
const schemaLock = 7_236_118_091;

/** The version of the schema; 0 for a database without tables. Throws `corrupt` where the tables are of another program. */
export async function schemaVersion(reader: Reader, dialect: Database['dialect']): Promise<number> {
  const names = await tableNames(reader, dialect);
  if (names.length === 0) return 0;
  if (!names.includes('migrations')) {
    throw new StorageError('corrupt', 'the database holds the tables of another program');
  }
  const [row] = await reader.all<{ version: number | null }>(
    'SELECT max(version) AS version FROM migrations',
  );
  return row?.version ?? 0;
}

/** Names of the tables in the schema where this program's are made. */
export async function tableNames(reader: Reader, dialect: Database['dialect']): Promise<string[]> {
  const rows = await reader.all<{ name: string }>(
    dialect === 'sqlite'
      ? `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`
      : 'SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename',
  );
  return rows.map((row) => row.name);
}

/** Throws `newer_version` where a later version of this program has changed the schema. */
export function assertKnownVersion(version: number): void {
  if (version > newestVersion) {
    throw new StorageError(
      'newer_version',
      `the database has schema version ${version}, this program knows up to ${newestVersion}: use the newer program`,
    );
  }
}

/**
 * Takes every step up to `target` in one transaction, then does `finish`, also when no step was left. Nodes that start
 * at once wait for each other.
 */
export async function migrate(
  database: Database,
  now: number,
  finish: (transaction: Transaction) => Promise<void> = async () => {},
  target: number = newestVersion,
): Promise<void> {
  await database.transact(async (transaction) => {
    if (database.dialect === 'postgres') await transaction.all(`SELECT pg_advisory_xact_lock(${schemaLock})`);
    const version = await schemaVersion(transaction, database.dialect);
    assertKnownVersion(version);
    if (version === 0) {
      await transaction.run(
        inDialect(
          `CREATE TABLE migrations (
            version INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            applied_at INTEGER NOT NULL
          )`,
          database.dialect,
        ),
      );
    }
    for (const migration of migrations) {
      if (migration.version <= version || migration.version > target) continue;
      await apply(transaction, migration, database.dialect, now);
    }
    await finish(transaction);
  });
}

async function apply(
  transaction: Transaction,
  migration: Migration,
  dialect: Database['dialect'],
  now: number,
): Promise<void> {
  for (const statement of migration.statements) await transaction.run(inDialect(statement, dialect));
  await transaction.run('INSERT INTO migrations (version, name, applied_at) VALUES (?, ?, ?)', [
    migration.version,
    migration.name,
    now,
  ]);
}
