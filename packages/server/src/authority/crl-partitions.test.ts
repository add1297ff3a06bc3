import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrlPartitions } from './crl-partitions.ts';
import { openHouse } from './testing/open-house.ts';

const baseUrl = 'http://pki.example';

/** Gives shares of the counts asked for, four partitions of ten. */
function counting() {
  const reserved: number[] = [];
  let used = 0;
  return {
    reserved,
    reserve: async ({ count }: { readonly count: number }) => {
      reserved.push(count);
      const partition = Math.floor(used / 10) + 1;
      const given = Math.min(count, partition * 10 - used);
      used += given;
      return { partition, count: given };
    },
  };
}

test('certificates take their partitions one after the other, also those that ask at once', async () => {
  const partitions = new CrlPartitions(counting(), baseUrl);
  const places = await Promise.all(Array.from({ length: 25 }, () => partitions.next('auth_a')));
  const counts = new Map<string, number>();
  for (const { url } of places) counts.set(url, (counts.get(url) ?? 0) + 1);
  assert.deepEqual(
    [...counts],
    [
      ['http://pki.example/crl/auth_a/1.crl', 10],
      ['http://pki.example/crl/auth_a/2.crl', 10],
      ['http://pki.example/crl/auth_a/3.crl', 5],
    ],
  );
});

test('a process reserves more at once the more it issues', async () => {
  const store = counting();
  const partitions = new CrlPartitions(store, baseUrl);
  for (let index = 0; index < 35; index += 1) await partitions.next('auth_a');
  assert.deepEqual(store.reserved, [16, 32, 64, 128]);
});

test('where room cannot be reserved nothing is issued, and the next one tries again', async (t) => {
  const { authority, storage } = await openHouse(t);
  const reserve = t.mock.method(storage.crlPartitions, 'reserve', () => Promise.reject(new Error('gone')));
  const issue = () => authority.issue({ profile: 'server', names: ['a.example'], actor: 'cli' });
  await assert.rejects(issue(), /gone/);
  assert.deepEqual(await authority.listCertificates({ limit: 10 }), []);
  reserve.mock.restore();
  assert.equal((await issue()).record.crlPartition, 1);
});
