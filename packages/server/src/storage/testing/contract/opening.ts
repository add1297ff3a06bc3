import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableNames } from '../../migrate.ts';
import { newestVersion, tables } from '../../migrations/index.ts';
import { withSnapshot } from '../../open-snapshot.ts';
import { openStorage } from '../../open-storage.ts';
import { client, draft, now } from '../records.ts';
import { type DatabaseKind, masterKey, withStorage } from '../storage-for-test.ts';
import { everything, tamper } from '../tamper.ts';

const all = [...tables, 'migrations', 'mutexes'].sort();

export function openingContract(kind: DatabaseKind): void {
  test(`${kind.name}: a new database has exactly the tables that a backup knows`, async () => {
    const url = await kind.createDatabase();
    await withStorage({ url }, async () => {});
    await withSnapshot(url, async ({ reader, dialect, schemaVersion }) => {
      assert.deepEqual(await tableNames(reader, dialect), all);
      assert.equal(schemaVersion, newestVersion);
    });
  });

  test(`${kind.name}: another master key, or a passphrase, is refused and nothing is changed`, async () => {
    const url = await kind.createDatabase();
    await withStorage({ url }, ({ clients }) =>
      clients.create({ client: client('a'), claims: [] }, [draft('client.created', 'a')]),
    );
    const before = await everything(url, all);
    const wrong = [
      { kind: 'key', bytes: Buffer.alloc(32, 8) },
      { kind: 'passphrase', passphrase: 'correct horse battery' },
      { kind: 'new', bytes: Buffer.alloc(32, 7), path: '/nonexistent/master.key' },
    ] as const;
    for (const other of wrong) {
      await assert.rejects(openStorage({ url, clock: () => now + 1, masterKey: other }), {
        code: 'wrong_master_key',
      });
    }
    assert.deepEqual(await everything(url, all), before);
    await withStorage({ url }, async ({ clients }) => assert.ok(await clients.find('a', now)));
  });

  test(`${kind.name}: a passphrase opens what it made, and another does not`, async () => {
    const url = await kind.createDatabase();
    const right = { kind: 'passphrase', passphrase: 'correct horse battery' } as const;
    const sealedText = await withStorage({ url, masterKey: right }, async ({ sealer }) =>
      sealer.seal('test', Buffer.from('text')),
    );
    await withStorage({ url, masterKey: right }, async ({ sealer }) => {
      assert.equal(sealer.open('test', sealedText).toString(), 'text');
    });
    for (const other of [{ kind: 'passphrase', passphrase: 'correct horse batterx' } as const, masterKey]) {
      await assert.rejects(openStorage({ url, clock: () => now, masterKey: other }), {
        code: 'wrong_master_key',
      });
    }
  });

  test(`${kind.name}: a schema of a newer version is refused and nothing is changed`, async () => {
    const url = await kind.createDatabase();
    await withStorage({ url }, async () => {});
    const newer = newestVersion + 1;
    await tamper(url, 'INSERT INTO migrations (version, name, applied_at) VALUES (?, ?, ?)', [
      newer,
      'later',
      1,
    ]);
    await assert.rejects(openStorage({ url, clock: () => now, masterKey }), {
      code: 'newer_version',
      message: new RegExp(`schema version ${newer}.*up to ${newestVersion}`),
    });
    await tamper(url, 'DELETE FROM migrations WHERE version = ?', [newer]);
    await withStorage({ url }, async () => {});
  });

  test(`${kind.name}: the tables of another program are refused and nothing is changed`, async () => {
    const url = await kind.createDatabase();
    await tamper(url, 'CREATE TABLE invoices (id INTEGER)', []);
    await assert.rejects(openStorage({ url, clock: () => now, masterKey }), { code: 'corrupt' });
    await tamper(url, 'DROP TABLE invoices', []);
    await withStorage({ url }, async () => {});
  });

  test(`${kind.name}: acts that are under way when the storage is closed end, and what is said of them is so`, async () => {
    const url = await kind.createDatabase();
    const done: string[] = [];
    await withStorage({ url }, async ({ revocation, close }) => {
      const acts = Array.from({ length: 30 }, async (_, index) => {
        await revocation.record(draft('x.done', `act-${index}`));
        done.push(`act-${index}`);
      });
      await new Promise((resume) => setImmediate(resume));
      await close();
      for (const outcome of await Promise.allSettled(acts)) {
        if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'closed');
      }
    });
    await withStorage({ url }, async ({ feed }) => {
      const there = (await feed.read(0, 100)).map(({ object }) => object.id);
      assert.deepEqual(there.sort(), done.sort());
    });
  });

  test(`${kind.name}: a closed storage refuses with a code`, async () => {
    const url = await kind.createDatabase();
    const storage = await openStorage({ url, clock: () => now, masterKey });
    await storage.close();
    await assert.rejects(storage.clients.find('a', now), { code: 'closed' });
    await assert.rejects(storage.revocation.record(draft('x.done', 'a')), { code: 'closed' });
  });

  test(`${kind.name}: a text with NUL is refused with a code where it would be stored`, async () => {
    await withStorage({ url: await kind.createDatabase() }, async ({ clients, feed }) => {
      await assert.rejects(
        clients.create({ client: client('a\0'), claims: [] }, [draft('client.created', 'a')]),
        { code: 'unstorable' },
      );
      assert.equal((await feed.read(0, 1)).length, 0);
    });
  });
}
