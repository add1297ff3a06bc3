import { backupContract } from './testing/contract/backup.ts';
import { storageContract } from './testing/contract/index.ts';
import { sqliteKind } from './testing/storage-for-test.ts';

const sqlite = sqliteKind();
storageContract(sqlite);
backupContract(sqlite, [sqlite]);
