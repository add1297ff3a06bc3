import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DenylistEntry } from '@mortise/resource-server';
import { Denylist } from '@mortise/resource-server';
import type { Storage } from '../../open-storage.ts';
import { acmeAccount } from '../acme-records.ts';
import { authority, certificate, client, draft, issued, key, now, secret } from '../records.ts';
import { type DatabaseKind, withNewStorage } from '../storage-for-test.ts';

const denied = (id: string, denylist: NonNullable<Parameters<Denylist['apply']>[0]>) =>
  draft('client.suspended', id, { denylist });

async function clientWith(storage: Storage): Promise<void> {
  const held = certificate('c1');
  await storage.authorities.addAuthorities({ authorities: [authority('auth_a')], expectedCount: 0 }, []);
  await storage.clients.create(
    { client: client('a', { credentials: [secret('c2'), key('c3', { expiresAt: now - 1 })] }), claims: [] },
    [draft('client.created', 'a')],
  );
  await storage.authorities.issue({ certificate: issued(held, { clientId: 'a' }), credential: held }, [
    draft('certificate.issued', 'a'),
  ]);
}

export function revocationContract(kind: DatabaseKind): void {
  test(`${kind.name}: suspending writes status, denylist rows and event together, from the revision it was read at`, () =>
    withNewStorage(kind, async (storage) => {
      await clientWith(storage);
      const suspension = {
        clientId: 'a',
        expectedRevision: 1,
        status: 'suspended',
        epoch: 2,
        at: now,
      } as const;
      const event = denied('a', {
        add: [
          { kind: 'client', id: 'a' },
          { kind: 'client', id: 'a', epoch: 2 },
        ],
      });
      const written = await storage.revocation.changeClientStatus(suspension, event);
      assert.deepEqual(written, { ...event, sequence: 3, at: now });
      assert.equal(await storage.revocation.changeClientStatus(suspension, event), undefined);
      assert.equal((await storage.clients.find('a', now))?.status, 'suspended');
      assert.deepEqual(
        (await storage.revocation.denylist()).map(({ entry }) => entry),
        event.denylist?.add,
      );
      const resumption = { ...suspension, expectedRevision: 2, status: 'active' } as const;
      await storage.revocation.changeClientStatus(
        resumption,
        denied('a', { remove: [{ kind: 'client', id: 'a' }] }),
      );
      assert.deepEqual(await storage.revocation.denylist(), [
        { entry: { kind: 'client', id: 'a', epoch: 2 }, clientId: 'a' },
      ]);
    }));

  test(`${kind.name}: the rows of the denylist become what the list in memory becomes`, () =>
    withNewStorage(kind, async ({ revocation }) => {
      const memory = new Denylist();
      const entries: DenylistEntry[] = [
        { kind: 'client', id: 'a', epoch: 5, expiresAt: now + 5 },
        { kind: 'client', id: 'a', epoch: 3, expiresAt: now + 9 },
        { kind: 'client', id: 'a', epoch: 7, expiresAt: now + 1 },
        { kind: 'client', id: 'a' },
        { kind: 'token', id: 't', expiresAt: now },
        { kind: 'token', id: 't' },
        { kind: 'token', id: 't', expiresAt: now + 50 },
        { kind: 'key', id: 'k', epoch: 9 },
      ];
      for (const entry of entries) {
        memory.apply({ add: [entry] });
        await revocation.record(denied('a', { add: [entry] }));
      }
      const changes = { remove: [{ kind: 'client', id: 'a' }], add: [{ kind: 'client', id: 'a' }] } as const;
      memory.apply(changes);
      await revocation.record(denied('a', changes));
      const sorted = (list: readonly DenylistEntry[]) =>
        list
          .map((entry) => [
            entry.kind,
            entry.id,
            entry.kind === 'client' ? entry.epoch : undefined,
            entry.expiresAt,
          ])
          .sort();
      assert.deepEqual(
        sorted((await revocation.denylist()).map(({ entry }) => entry)),
        sorted(memory.snapshot()),
      );
    }));

  test(`${kind.name}: revoking a client ends its credentials and certificates, and tells which`, () =>
    withNewStorage(kind, async (storage) => {
      await clientWith(storage);
      let told: readonly { id: string }[] = [];
      const change = {
        clientId: 'a',
        expectedRevision: 1,
        status: 'revoked',
        epoch: 2,
        at: now + 1,
      } as const;
      const written = await storage.revocation.revokeClient(change, (revoked) => {
        told = revoked;
        return denied('a', { add: revoked.map(({ id }) => ({ kind: 'credential', id })) });
      });
      const held = certificate('c1');
      assert.deepEqual(
        [...told].sort((a, b) => (a.id < b.id ? -1 : 1)),
        [
          { id: 'c1', kind: 'certificate', x5t: held.x5t, notAfter: held.notAfter },
          { id: 'c2', kind: 'secret' },
          { id: 'c3', kind: 'key' },
        ],
      );
      assert.equal(written?.denylist?.add?.length, 3);
      assert.deepEqual((await storage.clients.find('a', now))?.credentials, []);
      const ended = await storage.authorities.findCertificate(held.fingerprint256);
      assert.deepEqual([ended?.revokedAt, ended?.revocationReason], [now + 1, 'cessation_of_operation']);
      assert.equal(await storage.revocation.revokeClient(change, () => denied('a', {})), undefined);
    }));

  test(`${kind.name}: revoking a client deactivates its ACME accounts, and those of no other`, () =>
    withNewStorage(kind, async (storage) => {
      await clientWith(storage);
      const event = draft('account.created', 'a');
      const accounts = [acmeAccount('bound', { clientId: 'a', profile: 'client' }), acmeAccount('unbound')];
      for (const account of accounts) await storage.acme.createAccount({ account }, event);
      const change = { clientId: 'a', status: 'revoked', epoch: 2, at: now } as const;
      const revoke = (expectedRevision: number) =>
        storage.revocation.revokeClient({ ...change, expectedRevision }, () => denied('a', {}));
      assert.equal(await revoke(7), undefined);
      assert.equal((await storage.acme.findAccount('bound'))?.status, 'valid');
      assert.notEqual(await revoke(1), undefined);
      const { status, revision } = (await storage.acme.findAccount('bound'))!;
      assert.deepEqual([status, revision], ['deactivated', 2]);
      assert.equal((await storage.acme.findAccount('unbound'))?.status, 'valid');
    }));

  test(`${kind.name}: a credential is revoked once, and a certificate with its credential`, () =>
    withNewStorage(kind, async (storage) => {
      await clientWith(storage);
      const act = { clientId: 'a', credentialId: 'c2', at: now };
      assert.notEqual(await storage.revocation.revokeCredential(act, denied('a', {})), undefined);
      assert.equal(await storage.revocation.revokeCredential(act, denied('a', {})), undefined);
      const other = { ...act, credentialId: 'c1', clientId: 'z' };
      assert.equal(await storage.revocation.revokeCredential(other, denied('a', {})), undefined);
      const { fingerprint256 } = certificate('c1');
      const revocation = {
        fingerprint256,
        credentialId: 'c1',
        at: now + 2,
        reason: 'key_compromise',
      } as const;
      assert.notEqual(await storage.revocation.revokeCertificate(revocation, denied('a', {})), undefined);
      assert.equal(await storage.revocation.revokeCertificate(revocation, denied('a', {})), undefined);
      assert.equal((await storage.clients.findCredential('a', 'c1'))?.revokedAt, now + 2);
      const ended = await storage.authorities.findCertificate(fingerprint256);
      assert.deepEqual([ended?.revokedAt, ended?.revocationReason], [now + 2, 'key_compromise']);
      const unknown = {
        fingerprint256: 'ff',
        credentialId: undefined,
        at: now,
        reason: 'unspecified',
      } as const;
      assert.notEqual(await storage.revocation.revokeCertificate(unknown, denied('a', {})), undefined);
    }));

  test(`${kind.name}: authorities are revoked once`, () =>
    withNewStorage(kind, async (storage) => {
      await clientWith(storage);
      const act = { authorityIds: ['auth_a', 'auth_z'], at: now + 1, reason: 'superseded' } as const;
      assert.notEqual(await storage.revocation.revokeAuthorities(act, () => [denied('a', {})]), undefined);
      assert.equal(await storage.revocation.revokeAuthorities(act, () => [denied('a', {})]), undefined);
      const [revoked] = await storage.authorities.listAuthorities();
      assert.deepEqual([revoked?.revokedAt, revoked?.revocationReason], [now + 1, 'superseded']);
    }));

  test(`${kind.name}: expired denylist rows go, and only those, however many`, () =>
    withNewStorage(kind, async ({ revocation }) => {
      const add: DenylistEntry[] = Array.from({ length: 2_300 }, (_, index) => ({
        kind: 'token',
        id: `t${index}`,
        expiresAt: now - 1,
      }));
      const kept: DenylistEntry[] = [
        { kind: 'token', id: 'now', expiresAt: now },
        { kind: 'key', id: 'k' },
      ];
      await revocation.record(denied('a', { add: [...add, ...kept] }));
      assert.equal(await revocation.deleteExpired(now), 2_300);
      assert.equal(await revocation.deleteExpired(now), 0);
      assert.deepEqual((await revocation.denylist()).map(({ entry }) => entry.id).sort(), ['k', 'now']);
    }));

  test(`${kind.name}: the grants are those of clients that own denylist rows`, () =>
    withNewStorage(kind, async (storage) => {
      await clientWith(storage);
      await storage.clients.create({ client: client('b'), claims: [] }, [draft('client.created', 'b')]);
      await storage.revocation.record(denied('a', { add: [{ kind: 'token', id: 't' }] }));
      assert.deepEqual(await storage.revocation.grantsOfDenied(), [
        { clientId: 'a', scope: client('a').scope, resources: client('a').resources },
      ]);
    }));

  test(`${kind.name}: events are found by act, time and sequence, oldest first`, () =>
    withNewStorage(kind, async ({ revocation }) => {
      for (const act of ['x.done', 'y.done', 'x.done', 'z.done']) await revocation.record(draft(act, 'a'));
      const since = (query: object) =>
        revocation
          .eventsSince({ acts: ['x.done', 'z.done'], since: now, after: 0, limit: 9, ...query })
          .then((events) => events.map(({ sequence }) => sequence));
      assert.deepEqual(await since({}), [1, 3, 4]);
      assert.deepEqual(await since({ after: 1, limit: 1 }), [3]);
      assert.deepEqual(await since({ since: now + 1 }), []);
      assert.deepEqual(await since({ acts: [] }), []);
    }));
}
