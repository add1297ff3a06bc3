import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Transaction } from './database.ts';
import { openStorage } from './open-storage.ts';
import { SqliteDatabase } from './sqlite.ts';
import { killingContract } from './testing/contract/killing.ts';
import { now } from './testing/records.ts';
import { startProcess, startUnprivilegedProcess } from './testing/start-process.ts';
import { masterKey, sqliteKind, temporaryFolder, withStorage } from './testing/storage-for-test.ts';
import type { Line } from './testing/storage-process.ts';

const folder = temporaryFolder();
const sqlite = sqliteKind();
const open = (url: string) => openStorage({ url, clock: () => now, masterKey });

async function firstLine(lines: AsyncIterable<Line>): Promise<Line> {
  for await (const line of lines) return line;
  throw new Error('it said nothing');
}

killingContract(sqlite, 'kill -9', { rounds: 20, kill: (writer) => writer.kill() });

test('a data directory that a process has is locked to others, and free once it is killed', async () => {
  const url = await sqlite.createDatabase();
  const holder = startProcess(['hold', url]);
  assert.deepEqual(await firstLine(holder.lines), { opened: true });
  await assert.rejects(open(url), { code: 'locked', message: /is in use by another process/ });
  await holder.kill();
  await (await open(url)).close();
});

test('a second storage in the same process is refused too, and the first goes on', async () => {
  const url = await sqlite.createDatabase();
  await withStorage({ url }, async ({ feed }) => {
    await assert.rejects(open(url), { code: 'locked' });
    assert.deepEqual(await feed.read(0, 1), []);
  });
});

for (const state of ['empty', 'with a database'] as const) {
  test(`a read-only data directory, ${state}, is refused and nothing is changed`, async () => {
    const directory = join(folder, state.replaceAll(' ', '-'));
    mkdirSync(directory);
    const url = `sqlite:${join(directory, 'mortise.db')}`;
    if (state === 'with a database') await (await open(url)).close();
    const files = () =>
      readdirSync(directory).map((name) => [name, statSync(join(directory, name), { bigint: true }).mtimeNs]);
    const before = files();
    chmodSync(directory, 0o555);
    const refused = startUnprivilegedProcess(['hold', url]);
    const line = await firstLine(refused.lines);
    await refused.kill();
    chmodSync(directory, 0o755);
    assert.equal((line as { refused: string }).refused, 'read_only', JSON.stringify(line));
    assert.deepEqual(files(), before);
  });
}

test('a file that is no database, a cut one and a missing folder are refused with their codes', async () => {
  const path = join(folder, 'other.db');
  writeFileSync(path, 'not a database, but long enough to be looked at as if it were one'.repeat(20));
  await assert.rejects(open(`sqlite:${path}`), { code: 'corrupt' });
  await assert.rejects(open(`sqlite:${join(folder, 'none', 'mortise.db')}`), { code: 'unreachable' });
  await assert.rejects(open('mysql://user:secret@host/db'), (error: Error) => {
    assert.equal(error.message.includes('secret'), false);
    assert.equal((error as { code?: string }).code, 'unreachable');
    return true;
  });
});

test("the files of a database are its owner's alone", async () => {
  const directory = join(folder, 'modes');
  mkdirSync(directory);
  await withStorage({ url: `sqlite:${join(directory, 'mortise.db')}` }, async ({ replayGuard }) => {
    await replayGuard.consume({ clientId: 'a', jti: 'j', expiresAt: now });
    const modes = readdirSync(directory).map((name) => statSync(join(directory, name)).mode & 0o777);
    assert.equal(modes.length >= 4, true);
    assert.deepEqual(new Set(modes), new Set([0o600]));
  });
});

test('transactions that wait together share a commit; one that fails undoes only itself', async () => {
  const database = new SqliteDatabase(join(folder, 'group.db'));
  await database.transact((transaction) => transaction.run('CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT'));
  const committed: number[] = [];
  const outcomes = await Promise.allSettled(
    Array.from({ length: 600 }, (_, index) =>
      database.transact(
        async (transaction) => {
          await transaction.run('INSERT INTO t (a) VALUES (?)', [index]);
          if (index % 10 === 3) throw new Error('undo');
          // Nobody else sees what is not committed.
          if (index === 5) assert.deepEqual(await database.all('SELECT a FROM t WHERE a = 4'), []);
          return index;
        },
        { committed: (result) => committed.push(result) },
      ),
    ),
  );
  const kept = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  assert.equal(kept.length, 540);
  assert.deepEqual(committed, kept);
  assert.deepEqual(
    (await database.all<{ a: number }>('SELECT a FROM t ORDER BY a')).map(({ a }) => a),
    kept,
  );
  await database.close();
});

test('what fails leaves nothing behind, alone or with others, whatever it still does after the failure', async () => {
  const database = new SqliteDatabase(join(folder, 'failing.db'));
  await database.transact((transaction) => transaction.run('CREATE TABLE t (a TEXT PRIMARY KEY) STRICT'));
  const there = async (): Promise<string[]> =>
    (await database.all<{ a: string }>('SELECT a FROM t ORDER BY a')).map(({ a }) => a);
  const insert = (transaction: Transaction, a: string): Promise<number> =>
    transaction.run('INSERT INTO t (a) VALUES (?)', [a]);
  const adding = (a: string): Promise<number> => database.transact((transaction) => insert(transaction, a));

  for (const others of [[], ['one', 'other']]) {
    const late = Promise.withResolvers<void>();
    const acts = [...others.map(adding)];
    const failing = database.transact(async (transaction) => {
      void new Promise((resume) => setImmediate(resume))
        .then(() => insert(transaction, 'late'))
        .then(() => late.reject(new Error('it was written')), late.resolve);
      await insert(transaction, 'undone');
      throw new Error('undo');
    });
    await assert.rejects(failing, { message: 'undo' });
    await Promise.all(acts);
    await late.promise;
    assert.deepEqual(await there(), others);
  }

  const [{ pages }] = (await database.all<{ pages: number }>(
    'SELECT page_count AS pages FROM pragma_page_count()',
  )) as [{ pages: number }];
  await database.transact((transaction) => transaction.all(`PRAGMA max_page_count = ${pages + 4}`));
  const full = database.transact(async (transaction) => {
    await insert(transaction, 'x'.repeat(100_000)).catch(() => {});
    await insert(transaction, 'after');
  });
  await assert.rejects(full, { code: 'closed' });
  assert.deepEqual(await there(), ['one', 'other']);
  await adding('small');
  assert.deepEqual(await there(), ['one', 'other', 'small']);
  await database.close();
});

test('closing commits what was begun, and refuses what comes after', async () => {
  const database = new SqliteDatabase(join(folder, 'closing.db'));
  const made = database.transact((transaction) => transaction.run('CREATE TABLE t (a INTEGER) STRICT'));
  const closed = database.close();
  await assert.rejects(
    database.transact(async () => {}),
    { code: 'closed' },
  );
  await made;
  await closed;
  const again = new SqliteDatabase(join(folder, 'closing.db'));
  assert.deepEqual(await again.all('SELECT a FROM t'), []);
  await again.close();
});

test('who closes leaves one file', async () => {
  const path = join(folder, 'one-file.db');
  const database = new SqliteDatabase(path);
  await database.transact((transaction) => transaction.run('CREATE TABLE t (a INTEGER) STRICT'));
  await database.all('SELECT a FROM t');
  await database.close();
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('one-file')),
    ['one-file.db'],
  );
});

test('a commit waits for the disk, and rows may refer only to what is there', async () => {
  const database = new SqliteDatabase(join(folder, 'settings.db'));
  const settings = await database.transact(async (transaction) => [
    ...(await transaction.all('PRAGMA synchronous')),
    ...(await transaction.all('PRAGMA journal_mode')),
    ...(await transaction.all('PRAGMA foreign_keys')),
    ...(await transaction.all('PRAGMA busy_timeout')),
  ]);
  const plain = settings.map((row) => ({ ...row }));
  assert.deepEqual(plain, [
    { synchronous: 2 },
    { journal_mode: 'wal' },
    { foreign_keys: 1 },
    { timeout: 5_000 },
  ]);
  await database.close();
});
