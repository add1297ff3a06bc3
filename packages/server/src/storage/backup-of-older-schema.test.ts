import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { backup } from './backup.ts';
import { migrate, tableNames } from './migrate.ts';
import { migrations, tables } from './migrations/index.ts';
import { openDatabase } from './open-database.ts';
import { restore } from './restore.ts';
import { client, draft, now } from './testing/records.ts';
import { sqliteKind, temporaryFolder, withStorage } from './testing/storage-for-test.ts';
import { verifyAudit } from './verify-audit.ts';

const folder = temporaryFolder();
const kind = sqliteKind();

for (const { version } of migrations.slice(0, -1)) {
  test(`a database of schema version ${version} is backed up as it is, and restored, before it is brought up to date`, async () => {
    const url = await kind.createDatabase();
    const { database, close } = await openDatabase({ url, onLost: () => {}, inspect: async () => {} });
    await migrate(database, now, undefined, version);
    await close();

    const path = join(folder, `${version}.backup`);
    assert.equal((await backup({ url, path, now })).schemaVersion, version);
    const copy = await kind.createDatabase();
    assert.equal((await restore({ path, url: copy, now })).schemaVersion, version);
    await withStorage({ url: copy }, async ({ clients }) => {
      await clients.create({ client: client('a'), claims: [] }, [draft('client.created', 'a')]);
    });
    assert.equal((await verifyAudit({ url: copy })).valid, true);
    const names = await namesIn(copy);
    assert.deepEqual(
      tables.filter((table) => !names.includes(table)),
      [],
    );
  });
}

async function namesIn(url: string): Promise<string[]> {
  const { database, close } = await openDatabase({ url, onLost: () => {}, inspect: async () => {} });
  try {
    return await tableNames(database, database.dialect);
  } finally {
    await close();
  }
}
