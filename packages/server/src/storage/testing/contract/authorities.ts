import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Storage } from '../../open-storage.ts';
import {
  authority,
  authorityRequest,
  authorityRules,
  certificate,
  client,
  draft,
  issued,
  now,
} from '../records.ts';
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

  test(`${kind.name}: the rules of a new authority are added with it, or neither is`, () =>
    withNewStorage(kind, async ({ authorities }) => {
      const rules = authorityRules('partners');
      const add = (id: string, expectedCount: number) =>
        authorities.addAuthorities(
          { authorities: [authority(id, { name: 'partners' })], expectedCount, rules },
          created,
        );
      assert.equal(await add('auth_p', 0), true);
      assert.equal(await add('auth_q', 1), false);
      assert.deepEqual(await authorities.listAuthorities(), [authority('auth_p', { name: 'partners' })]);
      assert.deepEqual(await authorities.listRules(), [rules]);
      const changed = { ...rules, clients: ['acme', 'b'], profiles: ['client'], revision: 2 };
      assert.equal(await authorities.saveRules({ rules: changed, expectedRevision: 1 }, created), true);
      assert.equal(await authorities.saveRules({ rules: changed, expectedRevision: 1 }, created), false);
      assert.deepEqual(await authorities.listRules(), [changed]);
    }));

  test(`${kind.name}: states change together, and from the state that was seen`, () =>
    withNewStorage(kind, async ({ authorities }) => {
      const two = [authority('auth_a'), authority('auth_b', { state: 'staged', createdAt: now + 1 })];
      await authorities.addAuthorities({ authorities: two, expectedCount: 0 }, created);
      const change = (id: string, from: 'staged' | 'active', to: 'active' | 'retired') => ({ id, from, to });
      const wrong = {
        changes: [change('auth_a', 'active', 'retired'), change('auth_b', 'active', 'retired')],
      };
      assert.equal(await authorities.changeStates(wrong, created), false);
      const states = async () => (await authorities.listAuthorities()).map(({ state }) => state);
      assert.deepEqual(await states(), ['active', 'staged']);
      const right = {
        changes: [change('auth_a', 'active', 'retired'), change('auth_b', 'staged', 'active')],
      };
      assert.equal(await authorities.changeStates(right, created), true);
      assert.deepEqual(await states(), ['retired', 'active']);
    }));

  test(`${kind.name}: a request is answered once`, () =>
    withNewStorage(kind, async ({ authorities }) => {
      const root = authority('auth_r', { signer: 'pkcs11', keyLocation: 'pkcs11:token=t' });
      const { sealedPrivateKey: _, ...keyless } = root;
      await authorities.addAuthorities({ authorities: [keyless], expectedCount: 0 }, created);
      assert.deepEqual(await authorities.listAuthorities(), [keyless]);
      const request = authorityRequest('auth_i', { parentId: 'auth_r' });
      await authorities.addRequest(request, created);
      assert.deepEqual(await authorities.listRequests(), [request]);
      const signed = authority('auth_i', { kind: 'intermediate', parentId: 'auth_r', createdAt: now + 1 });
      const answer = (id: string, expectedCount: number) =>
        authorities.addAuthorities(
          { authorities: [{ ...signed, id, fingerprint256: id }], expectedCount, requestId: 'auth_i' },
          created,
        );
      assert.equal(await answer('auth_i', 1), true);
      assert.deepEqual(await authorities.listRequests(), []);
      assert.equal(await answer('auth_j', 2), false);
      await authorities.addRequest(authorityRequest('auth_k', { parentId: 'auth_r' }), created);
      assert.equal(await authorities.deleteRequest('auth_k', created), true);
      assert.equal(await authorities.deleteRequest('auth_k', created), false);
      assert.deepEqual(await authorities.listRequests(), []);
      assert.equal((await authorities.listAuthorities()).length, 2);
    }));

  test(`${kind.name}: what a revoked root has still to sign ends with it, and nothing more is asked of it`, () =>
    withNewStorage(kind, async ({ authorities, revocation, feed }) => {
      const roots = [authority('auth_r'), authority('auth_s', { createdAt: now + 1 })];
      await authorities.addAuthorities({ authorities: roots, expectedCount: 0 }, created);
      const [one, other] = ['r', 's'].map((root) =>
        authorityRequest(`auth_i${root}`, { parentId: `auth_${root}` }),
      );
      for (const request of [one!, other!])
        assert.equal(await authorities.addRequest(request, created), true);
      const act = { authorityIds: ['auth_r'], at: now };
      const revoked = await revocation.revokeAuthorities(act, (ended) => [
        draft('authority.revoked', 'auth_r'),
        ...ended.map(({ id }) => draft('authority.request_cancelled', id)),
      ]);
      assert.deepEqual(revoked?.ended, [one]);
      assert.equal(revoked.event.act, 'authority.revoked');
      assert.deepEqual(
        (await feed.read(revoked.event.sequence - 1, 10)).map(({ act: done, object }) => [done, object.id]),
        [
          ['authority.revoked', 'auth_r'],
          ['authority.request_cancelled', 'auth_ir'],
        ],
      );
      assert.deepEqual(await authorities.listRequests(), [other]);
      assert.equal(await authorities.addRequest(one!, created), false);
      assert.deepEqual(await authorities.listRequests(), [other]);
    }));

  test(`${kind.name}: what is asked of a root while it is revoked is refused, or ends with it`, () =>
    withTwoNodes(kind, async (one, other) => {
      for (let round = 0; round < 20; round += 1) {
        const root = authority(`auth_r${round}`, { createdAt: now + round });
        await one.authorities.addAuthorities({ authorities: [root], expectedCount: round }, created);
        const request = authorityRequest(`auth_i${round}`, { parentId: root.id });
        const [added, revoked] = await Promise.all([
          one.authorities.addRequest(request, created),
          other.revocation.revokeAuthorities({ authorityIds: [root.id], at: now }, () => [
            draft('authority.revoked', root.id),
          ]),
        ]);
        assert.deepEqual(revoked?.ended, added ? [request] : []);
        assert.deepEqual(await one.authorities.listRequests(), []);
      }
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

  test(`${kind.name}: nothing is recorded for a client that is unknown, suspended or revoked, or under a revoked authority`, () =>
    withNewStorage(kind, async (storage) => {
      await prepared(storage);
      const credential = certificate('c1');
      const issue = (clientId: string) =>
        storage.authorities.issue(
          { certificate: issued(credential, { clientId }), credential },
          issuedEvents,
        );
      assert.deepEqual(await issue('z'), { done: false, conflict: 'client_unknown' });
      const refused = { done: false, conflict: 'client_not_active' };
      const change = { clientId: 'a', expectedRevision: 1, epoch: 2, at: now } as const;
      await storage.revocation.changeClientStatus(
        { ...change, status: 'suspended' },
        draft('client.suspended', 'a'),
      );
      assert.deepEqual(await issue('a'), refused);
      const end = { ...change, expectedRevision: 2, status: 'revoked' } as const;
      assert.ok(await storage.revocation.revokeClient(end, () => draft('client.revoked', 'a')));
      assert.deepEqual(await issue('a'), refused);
      await storage.clients.create({ client: client('b'), claims: [] }, [draft('client.created', 'b')]);
      await storage.revocation.revokeAuthorities({ authorityIds: ['auth_a'], at: now }, () => [
        draft('authority.revoked', 'auth_a'),
      ]);
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
