import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Sent } from './database.ts';
import { PostgresDatabase } from './postgres.ts';
import { prepareForTransactions } from './postgres-connection.ts';
import { PostgresTransaction } from './postgres-transaction.ts';
import { connect } from './testing/connect.ts';
import { postgresCluster } from './testing/postgres-cluster.ts';

const cluster = await postgresCluster();

/** A database with a table of numbers, and a connection beside it for what an administrator does. */
async function openNumbers(t: TestContext) {
  const url = await cluster.createDatabase();
  const database = new PostgresDatabase(url, () => {});
  const beside = await connect(url);
  t.after(async () => {
    await database.close();
    await beside.end();
  });
  await database.transact((transaction) => transaction.run('CREATE TABLE t (n BIGINT PRIMARY KEY)'));
  return { url, database, beside, numbers: () => database.all<{ n: number }>('SELECT n FROM t ORDER BY n') };
}

const insert = 'INSERT INTO t VALUES (?)';
const refused = new Error('refused');

test('a write that its work did not wait for is not done after the work has failed', async (t) => {
  const { database, numbers } = await openNumbers(t);
  const failing = database.transact(async (transaction) => {
    transaction.run(insert, [1]).catch(() => {});
    throw refused;
  });
  await assert.rejects(failing, refused);
  const together = database.transact((transaction) =>
    Promise.all([transaction.run(insert, [2]), Promise.reject(refused)]),
  );
  await assert.rejects(together, refused);
  await database.transact(async (transaction) => transaction.all('SELECT 1'));
  assert.deepEqual(await numbers(), []);
});

test('a statement that comes after the end of its transaction is refused', async (t) => {
  const { database, numbers } = await openNumbers(t);
  const failed = Promise.withResolvers<void>();
  let late: Promise<unknown> = Promise.resolve();
  const work = database.transact((transaction) => {
    late = failed.promise.then(() => transaction.run(insert, [1]));
    late.catch(() => {});
    return transaction.all('SELECT 1 / 0');
  });
  await assert.rejects(work, /division by zero/);
  failed.resolve();
  await assert.rejects(late, { code: 'closed' });
  assert.deepEqual(await numbers(), []);
});

test('statements are done in the order in which they were asked for', async (t) => {
  const { database } = await openNumbers(t);
  const [, rows] = await database.transact((transaction) =>
    Promise.all([transaction.run(insert, [1]), transaction.all('SELECT n FROM t')]),
  );
  assert.deepEqual(rows, [{ n: 1 }]);
  const [, again] = await database.transact(async (transaction) => {
    await transaction.all('SELECT 1');
    return Promise.all([transaction.run(insert, [2]), transaction.all('SELECT n FROM t ORDER BY n')]);
  });
  assert.deepEqual(again, [{ n: 1 }, { n: 2 }]);
});

test('nothing is written where BEGIN failed', async (t) => {
  const { beside, numbers } = await openNumbers(t);
  await prepareForTransactions(beside);
  const begun = Promise.reject(refused);
  const transaction = new PostgresTransaction(beside, begun);
  const statements = [
    transaction.run(insert, [1]),
    transaction.all('SELECT 1'),
    transaction.all(`${insert} RETURNING n`, [2]),
  ];
  for (const { status, reason } of (await Promise.allSettled(statements)) as PromiseRejectedResult[]) {
    assert.deepEqual([status, reason], ['rejected', refused]);
  }
  assert.deepEqual(await numbers(), []);
});

test('outside of a transaction nothing is written, but by a statement that is one itself', async (t) => {
  const { database, numbers } = await openNumbers(t);
  await assert.rejects(database.all('INSERT INTO t VALUES (?) RETURNING n', [1]), { code: 'read_only' });
  await assert.rejects(database.all('SELECT n FROM t FOR UPDATE'), { code: 'read_only' });
  await database.statement(insert, [2]);
  assert.deepEqual(await numbers(), [{ n: 2 }]);
});

test('what an administrator has made read-only stays so', async (t) => {
  const { url, beside, numbers } = await openNumbers(t);
  const name = new URL(url).pathname.slice(1);
  await beside.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  const database = new PostgresDatabase(url, () => {});
  t.after(() => database.close());
  await assert.rejects(
    database.transact((transaction) => transaction.run(insert, [1])),
    { code: 'read_only' },
  );
  await assert.rejects(database.statement(insert, [1]), { code: 'read_only' });
  assert.deepEqual(await numbers(), []);
});

test('what fails beside BEGIN is what the transaction fails with, and its connection is used again', async (t) => {
  const { url, database: first, beside } = await openNumbers(t);
  await beside.query(`
    CREATE FUNCTION public.pg_current_xact_id() RETURNS xid8 LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'no number' USING ERRCODE = 'P0042'; END $$`);
  await beside.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET search_path = public, pg_catalog`);
  await first.close();
  const database = new PostgresDatabase(url, () => {});
  t.after(() => database.close());
  for (let round = 0; round < 12; round += 1) {
    const failing = database.transact((transaction) =>
      Promise.all([
        transaction.all('SELECT n FROM t'),
        transaction.run(insert, [1]),
        transaction.all('SELECT 2'),
      ]),
    );
    await assert.rejects(failing, { code: 'P0042' });
  }
  await beside.query('DROP FUNCTION public.pg_current_xact_id()');
  await database.transact((transaction) => transaction.run(insert, [1]));
  assert.deepEqual(await database.all('SELECT n FROM t'), [{ n: 1 }]);
});

test('a connection that is cut while several statements are under way fails them all, and is not used again', async (t) => {
  const { database, beside, numbers } = await openNumbers(t);
  for (let round = 0; round < 10; round += 1) {
    const failing = database.transact(async (transaction) => {
      await transaction.run(insert, [round]);
      // Cut before it is waited for.
      const all = Promise.all([
        transaction.all('SELECT pg_backend_pid()'),
        transaction.all('SELECT pg_sleep(20)'),
        transaction.all('SELECT n FROM t FOR UPDATE'),
        transaction.run(insert, [100 + round]),
      ]);
      all.catch(() => {});
      await beside.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      return all;
    });
    await assert.rejects(failing, { code: 'unreachable' });
  }
  assert.deepEqual(await numbers(), []);
  await Promise.all([1, 2, 3].map((n) => database.transact((transaction) => transaction.run(insert, [n]))));
  assert.deepEqual(await numbers(), [{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test('of statements under way together, the first that fails is the reason', async (t) => {
  const { database, numbers } = await openNumbers(t);
  const slow = database.transact(async (transaction) => {
    await transaction.run('SET LOCAL statement_timeout = 20');
    await Promise.all([
      transaction.all('SELECT 1'),
      transaction.all('SELECT pg_sleep(20)'),
      transaction.all('SELECT 1 / 0'),
      transaction.run(insert, [1]),
    ]);
  });
  await assert.rejects(slow, { code: '57014' });
  const sent = database.transact(async (transaction) => {
    const [failing, behind] = [transaction.all('SELECT 1 / 0'), transaction.run(insert, [1])];
    const later = failing.catch((error) => Promise.reject(error)).catch((error) => Promise.reject(error));
    return new Sent(Promise.all([behind, later]));
  });
  await assert.rejects(sent, { code: '22012' });
  const unknown = database.transact((transaction) =>
    Promise.all([
      transaction.all('SELECT n FROM later WHERE n = ?', [1]),
      transaction.all('SELECT n FROM later WHERE n = ?', [2]),
      transaction.all('SELECT ?::text', ['\0']),
    ]),
  );
  await assert.rejects(unknown, { code: '42P01' });
  await assert.rejects(
    database.transact((transaction) =>
      Promise.all([transaction.all('SELECT ?::text', ['\0']), transaction.all('SELECT ?::text', ['a'])]),
    ),
    { code: 'unstorable' },
  );
  const [{ pid }] = (await database.all<{ pid: number }>('SELECT pg_backend_pid() AS pid')) as [
    { pid: number },
  ];
  await database.transact((transaction) => transaction.run('CREATE TABLE later (n BIGINT)'));
  await database.transact((transaction) =>
    Promise.all([1, 2].map((n) => transaction.all('SELECT n FROM later WHERE n = ?', [n]))),
  );
  assert.deepEqual(await database.all('SELECT pg_backend_pid() AS pid'), [{ pid }]);
  assert.deepEqual(await numbers(), []);
});

test('a deadlock or a serialization failure amid statements under way together is repeated', async (t) => {
  const { database, beside, numbers } = await openNumbers(t);
  await beside.query('INSERT INTO t VALUES (1), (2)');
  await beside.query(`CREATE SEQUENCE attempts; CREATE FUNCTION fail_twice() RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE attempt bigint := nextval('attempts');
    BEGIN IF attempt < 3 THEN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END IF; RETURN attempt; END $$`);
  const lock = 'SELECT n FROM t WHERE n = ? FOR UPDATE';
  const both = { arrived: 0, released: Promise.withResolvers<void>() };
  const hold = (order: readonly number[], written: number) =>
    database.transact(async (transaction) => {
      await transaction.all(lock, [order[0]!]);
      both.arrived += 1;
      if (both.arrived === 2) both.released.resolve();
      await both.released.promise;
      await Promise.all([
        transaction.all(lock, [order[1]!]),
        transaction.all('SELECT n FROM t'),
        transaction.run(insert, [written]),
      ]);
    });
  await Promise.all([hold([1, 2], 3), hold([2, 1], 4)]);
  const [, again] = await database.transact((transaction) =>
    Promise.all([
      transaction.all('SELECT n FROM t'),
      transaction.all('SELECT fail_twice() AS attempt'),
      transaction.run(insert, [5]),
    ]),
  );
  assert.deepEqual(again, [{ attempt: 3 }]);
  assert.deepEqual(
    await numbers(),
    [1, 2, 3, 4, 5].map((n) => ({ n })),
  );
});

test('a snapshot is read by pages and by statements at once', async (t) => {
  const { database, beside } = await openNumbers(t);
  await beside.query('INSERT INTO t SELECT generate_series(1, 2000)');
  const pagesRead = await database.snapshot(async (reader) => {
    const read = async () => {
      let count = 0;
      for await (const page of reader.pages('SELECT n FROM t ORDER BY n', 10)) count += page.length;
      return count;
    };
    const counted = reader.all<{ count: number }>('SELECT count(*) FROM t');
    const pages = read();
    await counted;
    await beside.query('INSERT INTO t VALUES (0)');
    return [await pages, (await reader.all<{ count: number }>('SELECT count(*) FROM t'))[0]!.count];
  });
  assert.deepEqual(pagesRead, [2000, 2000]);
});
