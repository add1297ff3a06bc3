import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStorage } from './open-storage.ts';
import { PostgresDatabase } from './postgres.ts';
import { connect } from './testing/connect.ts';
import { killingContract } from './testing/contract/killing.ts';
import { postgresCluster } from './testing/postgres-cluster.ts';
import { authority, certificate, draft, issued, now } from './testing/records.ts';
import { type DatabaseKind, masterKey, withStorage } from './testing/storage-for-test.ts';

const cluster = await postgresCluster();
const postgres: DatabaseKind = { name: 'PostgreSQL', shared: true, createDatabase: cluster.createDatabase };
const open = (url: string) => openStorage({ url, clock: () => now, masterKey });

async function administer(url: string, sql: string): Promise<void> {
  const client = await connect(url);
  await client.query(sql);
  await client.end();
}

killingContract(postgres, 'kill -9', { rounds: 20, kill: (writer) => writer.kill() });

killingContract(postgres, 'crashing the server', {
  rounds: 4,
  async kill(writer) {
    await cluster.crash();
    await writer.kill();
    await cluster.start();
  },
});

test('nodes that start at once on an empty database make one, under one passphrase', async () => {
  const url = await cluster.createDatabase();
  const options = {
    url,
    clock: () => now,
    masterKey: { kind: 'passphrase', passphrase: 'correct horse battery' } as const,
  };
  const nodes = await Promise.all([openStorage(options), openStorage(options), openStorage(options)]);
  const sealed = nodes[0]?.sealer.seal('test', Buffer.from('text')) as Buffer;
  for (const { sealer } of nodes) assert.equal(sealer.open('test', sealed).toString(), 'text');
  await Promise.all(nodes.map((node) => node.close()));
});

test('a server that is read-only, away, or has no such database is refused with its code', async () => {
  const url = await cluster.createDatabase();
  const name = new URL(url).pathname.slice(1);
  await administer(url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  await assert.rejects(open(url), { code: 'read_only' });
  await assert.rejects(open(url.replace(name, 'none')), { code: 'unreachable' });
  await assert.rejects(open('postgres://mortise:hunter2@127.0.0.1:1/x'), (error: Error) => {
    assert.equal((error as { code?: string }).code, 'unreachable');
    assert.equal(error.message.includes('hunter2'), false);
    return true;
  });
});

test('where the database goes away under a group of certificates, each is told so, and none is tried again', async (t) => {
  const url = await cluster.createDatabase();
  const storage = await open(url);
  const [holder, administrator] = [await connect(url), await connect(url)];
  t.after(async () => {
    await Promise.all([storage.close(), holder.end(), administrator.end()]);
  });
  const act = { authorities: [authority('auth_a')], expectedCount: 0 };
  await storage.authorities.addAuthorities(act, [draft('authority.created', 'auth_a')]);
  await holder.query("BEGIN; SELECT id FROM authorities WHERE id = 'auth_a' FOR UPDATE");
  const group = Promise.allSettled(
    ['c1', 'c2', 'c3'].map((id) => {
      const record = issued(certificate(id), { profile: 'server' });
      return storage.authorities.issue({ certificate: record }, [draft('certificate.issued', id)]);
    }),
  );
  const waiting = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  const ended = group.then(() => true);
  while ((await administrator.query(waiting)).rowCount === 0) {
    assert.ok(!(await Promise.race([ended, new Promise<false>((resume) => setImmediate(resume, false))])));
  }
  for (const outcome of await group) {
    assert.equal(outcome.status === 'rejected' && (outcome.reason as { code?: string }).code, 'unreachable');
  }
});

test('what is acknowledged is durable also where synchronous_commit is off', async () => {
  const url = await cluster.createDatabase();
  const name = new URL(url).pathname.slice(1);
  await administer(url, `ALTER DATABASE ${name} SET synchronous_commit = off`);
  const database = new PostgresDatabase(url, () => {});
  const [row] = await database.all<{ setting: string }>(
    `SELECT current_setting('synchronous_commit') AS setting`,
  );
  assert.equal(row?.setting, 'on');
  await database.close();
});

test('who waits for a lock reads behind it what was committed before, also where another isolation is the default', async (t) => {
  const url = await cluster.createDatabase();
  const name = new URL(url).pathname.slice(1);
  await administer(
    url,
    `CREATE TABLE t (n BIGINT); ALTER DATABASE ${name} SET default_transaction_isolation = 'repeatable read'`,
  );
  const database = new PostgresDatabase(url, () => {});
  t.after(() => database.close());
  const [lock, read] = ['SELECT pg_advisory_xact_lock(1)', 'SELECT n FROM t'];
  const [held, waits] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = database.transact(async (transaction) => {
    await transaction.all(lock);
    held.resolve();
    await waits.promise;
    await transaction.run('INSERT INTO t VALUES (1)');
  });
  await held.promise;
  const second = database.transact(async (transaction) => {
    await transaction.all('SELECT 1');
    const answers = Promise.all([transaction.all(lock), transaction.all(read)]);
    waits.resolve();
    return answers;
  });
  await first;
  assert.deepEqual((await second)[1], [{ n: 1 }]);
});

test('transactions that deadlock are repeated until both are done', async () => {
  const database = new PostgresDatabase(await cluster.createDatabase(), () => {});
  await database.transact((transaction) =>
    transaction.run('CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT)'),
  );
  await database.transact((transaction) => transaction.run('INSERT INTO t VALUES (1, 0), (2, 0)'));
  let attempts = 0;
  const both = { arrived: 0, released: Promise.withResolvers<void>() };
  const raise = (order: readonly number[]) =>
    database.transact(async (transaction) => {
      attempts += 1;
      await transaction.run('UPDATE t SET n = n + 1 WHERE id = ?', [order[0] as number]);
      both.arrived += 1;
      if (both.arrived === 2) both.released.resolve();
      await both.released.promise;
      await transaction.run('UPDATE t SET n = n + 1 WHERE id = ?', [order[1] as number]);
    });
  await Promise.all([raise([1, 2]), raise([2, 1])]);
  assert.deepEqual(await database.all('SELECT n FROM t'), [{ n: 2 }, { n: 2 }]);
  // One of them at least was undone; now and then they meet again.
  assert.ok(attempts >= 3, String(attempts));
  await database.close();
});

test('a connection that breaks in a transaction is not used again', async () => {
  await withStorage({ url: await cluster.createDatabase() }, async () => {});
  const database = new PostgresDatabase(await cluster.createDatabase(), () => {});
  await assert.rejects(
    database.transact(async (transaction) => {
      await transaction.all('SELECT pg_terminate_backend(pg_backend_pid())');
    }),
    { code: 'unreachable' },
  );
  assert.deepEqual(await database.all('SELECT 1::bigint AS one'), [{ one: 1 }]);
  await database.close();
});

test('a failed statement that the work passes over does not commit', async () => {
  const database = new PostgresDatabase(await cluster.createDatabase(), () => {});
  await assert.rejects(
    database.transact(async (transaction) => {
      await transaction.run('CREATE TABLE t (a BIGINT)');
      await transaction.run('INSERT INTO nowhere VALUES (1)').catch(() => {});
    }),
    /passed over/,
  );
  await assert.rejects(database.all('SELECT a FROM t'), /does not exist/);
  await database.close();
});
