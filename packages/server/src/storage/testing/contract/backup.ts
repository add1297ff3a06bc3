import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { backup } from '../../backup.ts';
import { tables } from '../../migrations/index.ts';
import { restore } from '../../restore.ts';
import { verifyAudit } from '../../verify-audit.ts';
import { acmeAccount, acmeOrder, authorization, externalKey } from '../acme-records.ts';
import {
  authority,
  authorityRequest,
  authorityRules,
  certificate,
  client,
  draft,
  issued,
  key,
  now,
  profile,
  publishedCrl,
  resource,
  secret,
  signingKey,
} from '../records.ts';
import { type DatabaseKind, temporaryFolder, withStorage } from '../storage-for-test.ts';
import { everything } from '../tamper.ts';

/** A database with something in every table. */
async function furnished(kind: DatabaseKind): Promise<string> {
  const url = await kind.createDatabase();
  await withStorage({ url }, async (storage) => {
    const held = certificate('c1', { der: Buffer.from([0, 10, 13, 255]) });
    await storage.instance.initialise(
      {
        issuer: 'https://a.example',
        mtlsUrl: 'm',
        pkiUrl: 'p',
        serverNames: ['é'],
        ports: {},
        createdAt: now,
      },
      draft('instance.created', 'x'),
    );
    await storage.clients.create(
      {
        client: client('a', {
          clientName: 'line\nfeed \u2028 "quote"',
          credentials: [secret('c2'), key('c3')],
        }),
        claims: [{ anchor: 'mortise', matcher: 'm' }],
      },
      [draft('client.created', 'a')],
    );
    await storage.resources.create(resource('https://payments.example/'), [draft('resource.created', 'a')]);
    await storage.signingKeys.create({ key: signingKey('k'), newest: undefined }, [
      draft('key.created', 'k'),
    ]);
    const root = authority('auth_a');
    const below = authority('auth_b', { parentId: root.id, createdAt: now - 1 });
    const rules = authorityRules('main');
    await storage.authorities.addAuthorities({ authorities: [root, below], expectedCount: 0, rules }, []);
    await storage.authorities.addRequest(authorityRequest('auth_c'), []);
    await storage.rollovers.publish(
      {
        rollover: {
          id: 'roll_a',
          name: 'main',
          oldRootId: root.id,
          newRootId: 'auth_d',
          oldByNew: Buffer.from([0, 255]),
          waived: [{ step: 'switch', name: 'é' }],
          publishedAt: now,
          revision: 1,
        },
        root: authority('auth_d', { state: 'staged' }),
        crossCertificates: [],
        expectedCount: 2,
      },
      [],
    );
    await storage.rollovers.report({
      clientId: 'a',
      kind: 'agent',
      instance: 'i',
      anchors: ['00'],
      reportedAt: now,
    });
    await storage.profiles.save({ profile: profile('web'), expectedRevision: 0 }, []);
    await storage.authorities.issue({ certificate: issued(held, { clientId: 'a' }), credential: held }, [
      draft('certificate.issued', 'a', { denylist: { add: [{ kind: 'token', id: 't', expiresAt: now }] } }),
    ]);
    const recall = { id: 'r', filter: { keyType: 'rsa' }, createdAt: now, createdBy: 'cli' };
    await storage.recalls.addRecall(recall, draft('recall.created', 'r'));
    const account = acmeAccount('x');
    await storage.acme.addExternalKey(
      externalKey('k', { clientId: 'a' }),
      draft('client.enrolment_opened', 'a'),
    );
    await storage.acme.createAccount({ account }, draft('account.created', 'x'));
    await storage.acme.createOrder(
      { order: acmeOrder('o', ['z']), authorizations: [authorization('z')] },
      draft('order.created', 'o'),
    );
    await storage.crlPartitions.reserve({ authorityId: 'auth_a', baseUrl: 'p', count: 1, capacity: 2 });
    await storage.publishing.publish(publishedCrl('auth_a'), undefined);
    await storage.replayGuard.consume({ clientId: 'a', jti: 'j', expiresAt: now });
    await storage.credentialUses.record([
      {
        clientId: 'a',
        credentialId: 'c2',
        thumbprint: '',
        scope: 'x',
        lastUsedAt: now,
        count: 1,
        tokensEndAt: now,
      },
      {
        clientId: 'a',
        credentialId: 'c2',
        thumbprint: 't',
        scope: 'x',
        lastUsedAt: now,
        count: 1,
        tokensEndAt: now + 1000,
      },
    ]);
    await storage.nodes.record({
      nodes: [{ clientId: 'a', firstSeenAt: now, lastSeenAt: now, position: 1 }],
      sightings: [{ nodeClientId: 'a', x5t: 'x', lastSeenAt: now, count: 1 }],
    });
  });
  return url;
}

export function backupContract(kind: DatabaseKind, targets: readonly DatabaseKind[]): void {
  const folder = temporaryFolder();

  for (const target of targets) {
    test(`${kind.name} to ${target.name}: a backup restores to the same rows, and goes on from there`, async () => {
      const url = await furnished(kind);
      const path = join(folder, `${target.name}.backup`);
      const made = await backup({ url, path, now });
      assert.equal(statSync(path).mode & 0o777, 0o600);
      const copy = await target.createDatabase();
      assert.deepEqual(await restore({ path, url: copy, now }), { ...made, createdAt: now });
      const before = await everything(url, tables);
      for (const table of tables) assert.notEqual(before[table]?.length, 0, `${table} holds something`);
      const after = await everything(copy, tables);
      // What comes next is no continuation of what was lost.
      after['settings'] = after['settings']!.filter((row) => !/"name":"history"/.test(String(row)));
      assert.deepEqual(after, before);
      assert.equal((await verifyAudit({ url: copy })).valid, true);
      await withStorage({ url }, async ({ history }) => assert.equal(history, undefined));
      await withStorage({ url: copy }, async ({ clients, revocation, feed, history, replayGuard }) => {
        assert.match(String(history), /^[\w-]{22}$/);
        const highest = Math.max(...(await feed.read(0, 99)).map(({ sequence }) => sequence));
        assert.equal((await revocation.record(draft('x.done', 'a'))).sequence, highest + 1);
        assert.equal((await clients.find('a', now))?.credentials.length, 3);
        assert.equal(await replayGuard.consume({ clientId: 'a', jti: 'j', expiresAt: now }), false);
        assert.equal(await replayGuard.consume({ clientId: 'a', jti: 'k', expiresAt: now }), true);
      });
      assert.equal((await verifyAudit({ url: copy })).valid, true);
      await assert.rejects(
        withStorage({ url: copy, masterKey: otherKey }, async () => {}),
        {
          code: 'wrong_master_key',
        },
      );
    });
  }

  test(`${kind.name}: nothing is restored over anything`, async () => {
    const path = join(folder, 'again.backup');
    await backup({ url: await furnished(kind), path, now });
    const url = await furnished(kind);
    const before = await everything(url, tables);
    await assert.rejects(restore({ path, url, now }), {
      code: 'not_empty',
      message: /^the (PostgreSQL )?database \S+ is not empty; a backup is restored into an empty database$/,
    });
    assert.deepEqual(await everything(url, tables), before);
  });

  test(`${kind.name}: a damaged backup is refused with nothing written`, async () => {
    const path = join(folder, 'whole.backup');
    await backup({ url: await furnished(kind), path, now });
    const whole = readFileSync(path);
    const lines = gunzipSync(whole).toString('utf8').trimEnd().split('\n');
    const text = (changed: readonly string[]) => gzipSync(`${changed.join('\n')}\n`);
    const damages: [string, Buffer, string][] = [
      ['cut off', whole.subarray(0, whole.length - 20), 'damaged_backup'],
      ['empty', Buffer.alloc(0), 'damaged_backup'],
      ['not compressed', Buffer.from(lines.join('\n')), 'damaged_backup'],
      ['without its end', text(lines.slice(0, -1)), 'damaged_backup'],
      ['without a row', text(lines.filter((_, index) => index !== 2)), 'damaged_backup'],
      [
        'with a changed value',
        text(lines.map((line) => line.replace('https://a.example', 'https://b.example'))),
        'damaged_backup',
      ],
      ['with more after its end', text([...lines, '[]']), 'damaged_backup'],
      [
        'with another table',
        text(lines.map((line) => line.replace('"table":"clients"', '"table":"pg_class"'))),
        'damaged_backup',
      ],
      [
        'with a column that is none',
        text(lines.map((line) => line.replace('"client_name"', '"a) --"'))),
        'damaged_backup',
      ],
      [
        'of a newer version',
        text(lines.map((line) => line.replace('"schemaVersion":', '"schemaVersion":9'))),
        'newer_version',
      ],
    ];
    for (const [what, bytes, code] of damages) {
      const damagedPath = join(folder, 'damaged.backup');
      writeFileSync(damagedPath, bytes);
      const url = await kind.createDatabase();
      await assert.rejects(restore({ path: damagedPath, url, now }), { code }, `a backup ${what}`);
      if (code === 'damaged_backup') {
        const named = ({ message }: Error) => message.startsWith(`${damagedPath} is not a whole backup: `);
        await assert.rejects(restore({ path: damagedPath, url, now }), named, `a backup ${what}`);
      }
      await assert.rejects(everything(url, []), /is empty|is not there/);
    }
    await assert.rejects(restore({ path: join(folder, 'none'), url: await kind.createDatabase(), now }), {
      code: 'unreachable',
    });
  });

  test(`${kind.name}: a backup made while the server writes is of one moment`, async () => {
    const url = await kind.createDatabase();
    const path = join(folder, 'busy.backup');
    await withStorage({ url }, async (storage) => {
      let writing = true;
      let revision = 0;
      const writer = (async () => {
        while (writing) {
          revision += 1;
          const id = `c${revision}`;
          await storage.clients.create(
            {
              client: client(id, { credentials: [secret(`s${revision}`)] }),
              claims: [{ anchor: 'mortise', matcher: id }],
            },
            [draft('client.created', id)],
          );
        }
      })();
      for (let round = 1; round <= 5; round += 1) {
        const before = revision;
        await backup({ url, path, now });
        const copy = await kind.createDatabase();
        await restore({ path, url: copy, now });
        const rows = await everything(copy, ['clients', 'credentials', 'matcher_claims', 'events']);
        const counts = Object.values(rows).map(({ length }) => length);
        assert.equal(new Set(counts).size, 1, counts.join());
        assert.equal((counts[0] as number) >= before - 1, true);
      }
      writing = false;
      await writer;
    });
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.partial')),
      [],
    );
  });

  test(`${kind.name}: a backup that cannot be written leaves nothing behind`, async () => {
    const url = await furnished(kind);
    await assert.rejects(backup({ url, path: join(folder, 'none', 'x.backup'), now }), {
      code: 'unreachable',
    });
    await assert.rejects(backup({ url, path: folder, now }), { code: 'unreachable', message: /is a folder/ });
    const empty = await kind.createDatabase();
    const path = join(folder, 'unmade.backup');
    await assert.rejects(backup({ url: empty, path, now }), /is empty|is not there/);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes('unmade')),
      [],
    );
  });
}

const otherKey = { kind: 'key', bytes: Buffer.alloc(32, 8) } as const;
