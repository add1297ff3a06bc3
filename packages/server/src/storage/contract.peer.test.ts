import { backupContract } from './testing/contract/backup.ts';
import { storageContract } from './testing/contract/index.ts';
import { postgresCluster } from './testing/postgres-cluster.ts';
import { type DatabaseKind, sqliteKind } from './testing/storage-for-test.ts';

const cluster = await postgresCluster();
const postgres: DatabaseKind = { name: 'PostgreSQL', shared: true, createDatabase: cluster.createDatabase };
const sqlite = sqliteKind();
storageContract(postgres);
backupContract(postgres, [postgres, sqlite]);
backupContract(sqlite, [postgres]);
