import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Storage } from '../../open-storage.ts';
import { authority, certificate, client, draft, issued, now } from '../records.ts';
import { type DatabaseKind, withNewStorage, withTwoNodes } from '../storage-for-test.ts';

const created = [draft('authority.created', 'auth_a', { object: { kind: 'authority', id: 'auth_a' } })];
const issuedEvents = [draft('certificate.issued', 'a')];

async function prepared({ authorities, clients }: Storage): Promise<void> {
  await authorities.addAuthorities({ authorities: [authority('auth_a')], expectedCount: 0 }, created);
  await clients.create({ client: client('a'), claims: [] }, [draft('client.created', 'a')]);
}

export function authoritiesContract(kind: DatabaseKind): void {
  test(`${kind.name}: of two nodes that make the first authorities at once, one does, in any order of the rows`, () =>
    withTwoNodes(kind, async (one, other) => {
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) => {
          const root = authority(`auth_r${index}`);
          const intermediate = authority(`auth_i${index}`, {
            kind: 'intermediate',
            parentId: root.id,
            createdAt: now + 1,
          });
          return (index % 2 === 0 ? one : other).authorities.addAuthorities(
            { authorities: [intermediate, root], expectedCount: 0 },
            created,
          );
        }),
      );
      assert.equal(outcomes.filter(Boolean).length, 1);
      const [root, intermediate, ...rest] = await one.authorities.listAuthorities();
      assert.deepEqual(rest, []);
      assert.equal(intermediate?.parentId, root?.id);
      assert.deepEqual(root, authority(root?.id as string));
    }));

  test(`${kind.name}: an issued certificate comes back, and its credential is the client's`, () =>
    withNewStorage(kind, async (storage) => {
      await prepared(storage);
      const credential = certificate('c1', { authorityId: 'auth_a' });
      const record = issued(credential, { clientId: 'a' });
      const outcome = await storage.authorities.issue({ certificate: record, credential }, issuedEvents);
      assert.equal(outcome.done, true);
      assert.deepEqual(await storage.authorities.findCertificate(record.fingerprint256), record);
      assert.equal(await storage.authorities.findCertificate('00'), undefined);
      assert.deepEqual((await storage.clients.find('a', now))?.credentials, [credential]);
      const { clientId: _, credentialId: _id, ...server } = issued(certificate('s1'), { profile: 'server' });
      assert.equal((await storage.authorities.issue({ certificate: server }, issuedEvents)).done, true);
      const list = (filter: object) => storage.authorities.listCertificates({ filter, limit: 10 });
      assert.deepEqual(await list({ clientId: 'a' }), [record]);
      assert.deepEqual(await list({ profile: 'server', authorityId: 'auth_a' }), [server]);
      const both = [record, server].sort((a, b) => (a.fingerprint256 < b.fingerprint256 ? -1 : 1));
      assert.deepEqual(await list({}), both);
      const after = both[0]?.fingerprint256 as string;
      assert.deepEqual(await storage.authorities.listCertificates({ filter: {}, after, limit: 1 }), [
        both[1],
      ]);
    }));

  test(`${kind.name}: nothing is recorded for an unknown or revoked client or under a revoked authority`, () =>
    withNewStorage(kind, async (storage) => {
      await prepared(storage);
      const credential = certificate('c1');
      const issue = (clientId: string) =>
        storage.authorities.issue(
          { certificate: issued(credential, { clientId }), credential },
          issuedEvents,
        );
      assert.deepEqual(await issue('z'), { done: false, conflict: 'client_unknown' });
      const change = { clientId: 'a', expectedRevision: 1, status: 'revoked', epoch: 2, at: now } as const;
      await storage.revocation.revokeClient(change, () => draft('client.revoked', 'a'));
      assert.deepEqual(await issue('a'), { done: false, conflict: 'client_revoked' });
      await storage.clients.create({ client: client('b'), claims: [] }, [draft('client.created', 'b')]);
      await storage.revocation.revokeAuthorities(
        { authorityIds: ['auth_a'], at: now },
        draft('authority.revoked', 'auth_a'),
      );
      assert.deepEqual(await issue('b'), { done: false, conflict: 'authority_revoked' });
      assert.equal(await storage.authorities.findCertificate(credential.fingerprint256), undefined);
    }));

  test(`${kind.name}: a certificate issued while its client is revoked is either refused or revoked with it`, () =>
    withTwoNodes(kind, async (one, other) => {
      await prepared(one);
      for (let round = 1; round <= 20; round += 1) {
        const id = `r${round}`;
        await one.clients.create({ client: client(id), claims: [] }, [draft('client.created', id)]);
        const credential = certificate(id);
        const [outcome] = await Promise.all([
          one.authorities.issue(
            { certificate: issued(credential, { clientId: id }), credential },
            issuedEvents,
          ),
          other.revocation.revokeClient(
            { clientId: id, expectedRevision: 1, status: 'revoked', epoch: 2, at: now },
            () => draft('client.revoked', id),
          ),
        ]);
        const found = await one.authorities.findCertificate(credential.fingerprint256);
        if (outcome.done) assert.equal(found?.revokedAt, now);
        else assert.equal(found, undefined);
      }
    }));
}
