import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RolloverRecord } from '../../../authority/index.ts';
import { authority, authorityRequest, certificate, client, draft, issued, now } from '../records.ts';
import { type DatabaseKind, withNewStorage, withTwoNodes } from '../storage-for-test.ts';

const old = authority('auth_a');
const next = authority('auth_b', { state: 'staged', createdAt: now + 1 });
const events = [
  draft('authority.rollover_published', 'auth_b', { object: { kind: 'authority', id: 'auth_b' } }),
];
const rollover: RolloverRecord = {
  id: 'roll_a',
  name: 'main',
  oldRootId: 'auth_a',
  newRootId: 'auth_b',
  oldByNew: Buffer.from([48, 0]),
  waived: [],
  publishedAt: now,
  revision: 1,
};
const cross = issued(certificate('cross'), {
  authorityId: 'auth_b',
  profile: 'cross-certificate',
  names: [],
});

export function rolloversContract(kind: DatabaseKind): void {
  test(`${kind.name}: of two who publish at once, one does; of two who switch, one`, () =>
    withTwoNodes(kind, async (one, other) => {
      await one.authorities.addAuthorities({ authorities: [old], expectedCount: 0 }, []);
      const published = await Promise.all(
        [one, other].map(({ rollovers }, index) => {
          const id = `auth_b${index}`;
          const root = authority(id, { state: 'staged', createdAt: now + 1 });
          const record = { ...rollover, id: `roll_${index}`, newRootId: id };
          const more = issued(certificate(`cross ${index}`), {
            authorityId: id,
            profile: 'cross-certificate',
          });
          return rollovers.publish(
            { rollover: record, root, crossCertificates: [more], expectedCount: 1 },
            events,
          );
        }),
      );
      assert.deepEqual(published.sort(), [false, true]);
      const [record] = await other.rollovers.listRollovers();
      const newRootId = record!.newRootId;
      const switched = await Promise.all(
        [one, other].map(({ rollovers }, index) =>
          rollovers.switch(
            {
              rollover: { ...record!, switchedAt: now + 2, waived: [{ step: 'switch', name: 'x' }] },
              expectedRevision: 1,
              intermediate: authority(`auth_c${index}`, {
                kind: 'intermediate',
                parentId: newRootId,
                createdAt: now + 2,
              }),
              expectedCount: 2,
            },
            [],
          ),
        ),
      );
      assert.deepEqual(switched.sort(), [false, true]);
      const [after] = await one.rollovers.listRollovers();
      assert.deepEqual(after, {
        ...record,
        switchedAt: now + 2,
        waived: [{ step: 'switch', name: 'x' }],
        revision: 2,
      });
      const found = await one.authorities.listAuthorities();
      assert.equal(found.find(({ id }) => id === newRootId)?.state, 'active');
      assert.equal(
        await one.rollovers.waive({ id: record!.id, waived: [], expectedRevision: 1 }, events),
        false,
      );
    }));

  test(`${kind.name}: a staged intermediate issues with the switch to its root, and a revoked one prevents it`, () =>
    withNewStorage(kind, async ({ authorities, rollovers, revocation }) => {
      await authorities.addAuthorities({ authorities: [old], expectedCount: 0 }, []);
      const request = authorityRequest('auth_c', { parentId: next.id });
      const act = { rollover, root: next, crossCertificates: [cross], request, expectedCount: 1 };
      assert.equal(await rollovers.publish(act, events), true);
      assert.deepEqual(await authorities.listRequests(), [request]);
      const staged = ['auth_c', 'auth_d'].map((id, index) =>
        authority(id, {
          kind: 'intermediate',
          state: 'staged',
          parentId: next.id,
          createdAt: now + 2 + index,
        }),
      );
      await authorities.addAuthorities({ authorities: staged, expectedCount: 2, requestId: 'auth_c' }, []);
      const switchTo = (...ids: string[]) =>
        rollovers.switch(
          {
            rollover: { ...rollover, switchedAt: now + 5 },
            expectedRevision: 1,
            intermediate: { staged: ids },
            expectedCount: 4,
          },
          [],
        );
      await revocation.revokeAuthorities({ authorityIds: ['auth_d'], at: now }, () => events);
      assert.equal(await switchTo('auth_c', 'auth_d'), false);
      const states = async () => (await authorities.listAuthorities()).map(({ state }) => state);
      assert.deepEqual(await states(), ['active', 'staged', 'staged', 'staged']);
      assert.equal(await switchTo('auth_c'), true);
      assert.deepEqual(await states(), ['active', 'active', 'active', 'staged']);
    }));

  test(`${kind.name}: a process has one report, the latest, and is forgotten when it is gone`, () =>
    withNewStorage(kind, async ({ rollovers }) => {
      const report = {
        clientId: 'x',
        kind: 'node',
        instance: 'a',
        anchors: ['aa'],
        reportedAt: now,
      } as const;
      await rollovers.report(report);
      await rollovers.report({ ...report, anchors: ['aa', 'bb'], reportedAt: now + 1 });
      await rollovers.report({ ...report, instance: 'b' });
      await rollovers.report({ ...report, kind: 'client' });
      assert.deepEqual(await rollovers.listReports(), [
        { ...report, kind: 'client' },
        { ...report, anchors: ['aa', 'bb'], reportedAt: now + 1 },
        { ...report, instance: 'b' },
      ]);
      await rollovers.forgetReport(report);
      assert.equal((await rollovers.listReports()).length, 2);
      await rollovers.forgetNodeReports('x');
      assert.deepEqual(await rollovers.listReports(), [{ ...report, kind: 'client' }]);
    }));

  test(`${kind.name}: a certificate is unreplaced until its client, or its names, have one under another authority`, () =>
    withNewStorage(kind, async ({ authorities, clients, rollovers }) => {
      await authorities.addAuthorities({ authorities: [old], expectedCount: 0 }, []);
      const act = { rollover, root: next, crossCertificates: [cross], expectedCount: 1 };
      assert.equal(await rollovers.publish(act, events), true);
      await clients.create({ client: client('acme'), claims: [] }, []);
      const names = ['dns:api.example'];
      const add = async (id: string, more: Partial<Parameters<typeof issued>[1]>): Promise<string> => {
        const record = issued(certificate(id), { ...more });
        const outcome = await authorities.issue({ certificate: record }, [draft('certificate.issued', id)]);
        assert.equal(outcome.done, true);
        return record.fingerprint256;
      };
      const ofClient = await add('one', { clientId: 'acme' });
      const ofServer = await add('two', { profile: 'server', names });
      await add('responder', { profile: 'ocsp-responder', names: [] });
      await add('ended', { profile: 'server', names, notAfter: now });
      const query = { authorityIds: ['auth_a'], now: now + 1, limit: 10 };
      const left = async (limit = 10) =>
        (await rollovers.unreplaced({ ...query, limit })).map(({ fingerprint256 }) => fingerprint256);
      assert.deepEqual(await left(), [ofClient, ofServer].sort());
      assert.equal((await left(1)).length, 1);
      assert.deepEqual(await rollovers.unreplaced({ ...query, authorityIds: [] }), []);
      await add('three', { clientId: 'acme', authorityId: 'auth_b', profile: 'server' });
      assert.deepEqual(await left(), [ofClient, ofServer].sort());
      await add('four', { clientId: 'acme', authorityId: 'auth_b' });
      assert.deepEqual(await left(), [ofServer]);
      await add('five', { profile: 'server', names: [...names, 'dns:b.example'], authorityId: 'auth_b' });
      assert.deepEqual(await left(), [ofServer]);
      await add('six', { profile: 'server', names, authorityId: 'auth_b' });
      assert.deepEqual(await left(), []);
    }));
}
