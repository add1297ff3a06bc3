import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Storage } from '../../open-storage.ts';
import { authority, certificate, draft, issued, now, publishedCrl } from '../records.ts';
import { type DatabaseKind, withNewStorage, withTwoNodes } from '../storage-for-test.ts';

const events = [draft('certificate.issued', 'x')];
const scope = { authorityId: 'auth_a', partition: 1 };

async function prepared({ authorities }: Storage): Promise<void> {
  await authorities.addAuthorities({ authorities: [authority('auth_a')], expectedCount: 0 }, []);
}

async function listed(storage: Storage, name: string, partition: number): Promise<string> {
  const { clientId: _, credentialId: _id, ...record } = issued(certificate(name), { profile: 'server' });
  await storage.authorities.issue({ certificate: { ...record, crlPartition: partition } }, events);
  return record.fingerprint256;
}

export function publishingContract(kind: DatabaseKind): void {
  test(`${kind.name}: room on CRLs is reserved once, and no partition has more than its capacity`, () =>
    withTwoNodes(kind, async (one, other) => {
      await prepared(one);
      const act = { authorityId: 'auth_a', baseUrl: 'http://pki.example', count: 3, capacity: 10 };
      const shares = await Promise.all(
        Array.from({ length: 9 }, (_, index) => (index % 2 === 0 ? one : other).crlPartitions.reserve(act)),
      );
      const total = new Map<number, number>();
      for (const { partition, count } of shares) {
        total.set(partition, (total.get(partition) ?? 0) + count);
      }
      assert.deepEqual(
        [...total].sort(([a], [b]) => a - b),
        [
          [1, 10],
          [2, 10],
          [3, 3],
        ],
      );
      const moved = await one.crlPartitions.reserve({ ...act, baseUrl: 'http://other.example' });
      assert.deepEqual(moved, { partition: 4, count: 3 });
      assert.deepEqual(await one.publishing.findPartition({ ...scope, partition: 4 }), {
        baseUrl: 'http://other.example',
      });
      assert.equal(await one.publishing.findPartition({ ...scope, partition: 5 }), undefined);
    }));

  test(`${kind.name}: of two nodes that publish after the same CRL, one does`, () =>
    withTwoNodes(kind, async (one, other) => {
      await prepared(one);
      const first = publishedCrl('auth_a');
      assert.equal(await one.publishing.findCrl(scope), undefined);
      assert.equal(await one.publishing.publish(first, undefined), true);
      assert.equal(await other.publishing.publish(first, undefined), false);
      assert.deepEqual(await other.publishing.findCrl(scope), first);
      const second = publishedCrl('auth_a', { number: now + 1, complete: Buffer.from([1, 2]) });
      assert.equal(await other.publishing.publish(second, first.number), true);
      assert.equal(await one.publishing.publish(second, first.number), false);
      assert.deepEqual(await one.publishing.findCrl(scope), second);
      const due = (before: number, at = now) => one.publishing.listDue({ before, now: at, limit: 10 });
      assert.deepEqual(await due(now - 1), []);
      assert.deepEqual(await due(now), [scope]);
      assert.deepEqual(await due(now, authority('auth_a').notAfter), []);
    }));

  test(`${kind.name}: a CRL that was signed elsewhere is taken with its event, after the one that it follows`, () =>
    withNewStorage(kind, async (storage) => {
      await prepared(storage);
      const event = draft('authority.crl_imported', 'auth_a');
      const first = publishedCrl('auth_a', { delta: Buffer.alloc(0) });
      assert.equal(await storage.revocation.importCrl({ crl: first, previous: undefined }, event), true);
      assert.deepEqual(await storage.publishing.findCrl(scope), first);
      const second = { ...first, number: first.number + 1 };
      assert.equal(await storage.revocation.importCrl({ crl: second, previous: undefined }, event), false);
      assert.equal(await storage.revocation.importCrl({ crl: second, previous: first.number }, event), true);
      assert.deepEqual(await storage.publishing.findCrl(scope), second);
      assert.equal((await storage.feed.read(0, 10)).filter(({ act }) => act === event.act).length, 2);
    }));

  test(`${kind.name}: a partition lists its own revoked certificates until they end`, () =>
    withNewStorage(kind, async (storage) => {
      await prepared(storage);
      const here = await listed(storage, 'here', 1);
      const elsewhere = await listed(storage, 'elsewhere', 2);
      await listed(storage, 'good', 1);
      for (const fingerprint256 of [here, elsewhere]) {
        await storage.revocation.revokeCertificate(
          { fingerprint256, credentialId: undefined, at: now + 5, reason: 'key_compromise' },
          draft('certificate.revoked', 'x'),
        );
      }
      const found = await storage.publishing.revoked({ ...scope, endingFrom: now });
      assert.deepEqual(
        found.map(({ fingerprint256, revoked }) => ({ fingerprint256, revoked })),
        [{ fingerprint256: here, revoked: { at: now + 5, reason: 'key_compromise' } }],
      );
      assert.deepEqual(await storage.publishing.changed({ fingerprint256: here }), found);
      assert.deepEqual(await storage.publishing.findStatus('auth_a', found[0]!.serialNumber), found[0]);
      assert.equal(await storage.publishing.findStatus('auth_b', found[0]!.serialNumber), undefined);
      assert.equal(await storage.publishing.findStatus('auth_a', '00\0'), undefined);
      assert.deepEqual(await storage.publishing.revoked({ ...scope, endingFrom: now + 86_400_001 }), []);
    }));

  test(`${kind.name}: a hold can be ended, or become final, and nothing else can`, () =>
    withNewStorage(kind, async (storage) => {
      await prepared(storage);
      const fingerprint256 = await listed(storage, 'held', 1);
      const act = (reason: 'certificate_hold' | 'superseded', at: number) =>
        storage.revocation.revokeCertificate(
          { fingerprint256, credentialId: undefined, at, reason },
          draft('certificate.revoked', 'x'),
        );
      const release = (at: number) =>
        storage.revocation.releaseCertificate({ fingerprint256, at }, draft('certificate.released', 'x'));
      assert.equal(await release(now), undefined);
      assert.ok(await act('certificate_hold', now + 1));
      assert.equal(await act('certificate_hold', now + 2), undefined);
      assert.ok(await release(now + 3));
      assert.equal(await release(now + 4), undefined);
      const { serialNumber } = (await storage.publishing.changed({ fingerprint256 }))[0]!;
      assert.deepEqual(await storage.publishing.revoked({ ...scope, endingFrom: now }), []);
      assert.deepEqual(await storage.publishing.released({ ...scope, since: now + 3 }), [
        { serialNumber, releasedAt: now + 3 },
      ]);
      assert.deepEqual(await storage.publishing.released({ ...scope, since: now + 4 }), []);
      assert.ok(await act('certificate_hold', now + 5));
      assert.deepEqual(await storage.publishing.released({ ...scope, since: now }), []);
      assert.ok(await act('superseded', now + 6));
      assert.equal(await release(now + 7), undefined);
      const found = await storage.authorities.findCertificate(fingerprint256);
      assert.deepEqual([found?.revokedAt, found?.revocationReason], [now + 6, 'superseded']);
    }));
}
