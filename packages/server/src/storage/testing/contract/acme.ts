import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Storage } from '../../open-storage.ts';
import { acmeAccount, acmeOrder, authorization, externalKey, isKeyAllowed } from '../acme-records.ts';
import { authority, certificate, client, draft, issued, now } from '../records.ts';
import { type DatabaseKind, withNewStorage, withTwoNodes } from '../storage-for-test.ts';

const event = draft('x.done', 'x', { object: { kind: 'account', id: 'x' } });
const issuedEvent = draft('certificate.issued', 'a');

/** An authority, a client, and an account. */
async function prepared({ authorities, clients, acme }: Storage): Promise<void> {
  await authorities.addAuthorities({ authorities: [authority('auth_a')], expectedCount: 0 }, []);
  await clients.create({ client: client('a'), claims: [] }, [draft('client.created', 'a')]);
  assert.equal(await acme.createAccount({ account: acmeAccount('x') }, event), 'done');
}

const forServer = (id: string) => {
  const { clientId: _, credentialId: _id, ...record } = issued(certificate(id), { profile: 'server' });
  return record;
};

export function acmeContract(kind: DatabaseKind): void {
  test(`${kind.name}: an account, its orders and authorizations come back as they were`, () =>
    withNewStorage(kind, async (storage) => {
      await prepared(storage);
      const { acme } = storage;
      const bound = acmeAccount('y', {
        clientId: 'a',
        profile: 'client',
        externalAccountBinding: { payload: 'é' },
      });
      await acme.createAccount({ account: bound }, event);
      assert.deepEqual(await acme.findAccount('y'), bound);
      assert.deepEqual(await acme.findAccountByKey('client', bound.thumbprint), bound);
      assert.equal(await acme.findAccountByKey('server', bound.thumbprint), undefined);
      assert.deepEqual(await acme.knownKey(bound.spkiSha256), { ofAccount: true, uses: [] });
      assert.deepEqual(await acme.knownKey('00'), { ofAccount: false, uses: [] });
      assert.equal(await acme.findAccount('\0'), undefined);
      const pending = authorization('p', {
        status: 'pending',
        wildcard: true,
        attemptDueAt: now,
        attempts: 0,
      });
      const order = acmeOrder('o', ['v', 'p'], { notBefore: now, notAfter: now + 5000 });
      const act = { order, authorizations: [authorization('v'), pending] };
      assert.equal(await acme.createOrder(act, event), 'done');
      assert.deepEqual(await acme.findOrder('o'), order);
      assert.deepEqual(await acme.findAuthorizations(['p', 'v', 'z']), [pending, authorization('v')]);
      assert.deepEqual(await acme.dueAuthorizations(now, 5), ['p']);
      assert.deepEqual(await acme.dueAuthorizations(now - 1, 5), []);
      assert.equal(await acme.countPending('x', now), 1);
      const query = { accountId: 'x', identifiers: order.identifiers };
      assert.deepEqual(await acme.validAuthorizations({ ...query, at: now }), [authorization('v')]);
      assert.deepEqual(await acme.validAuthorizations({ ...query, at: now + 1000 }), []);
    }));

  test(`${kind.name}: what is due is not held up by what is over, or by accounts that are deactivated`, () =>
    withNewStorage(kind, async (storage) => {
      await prepared(storage);
      const { acme } = storage;
      await acme.createAccount({ account: acmeAccount('y') }, event);
      const due = { status: 'pending', attemptDueAt: now, attempts: 1 } as const;
      const add = (id: string, more: Parameters<typeof authorization>[1]) =>
        acme.addAuthorization(authorization(id, { ...due, ...more }), event);
      for (let index = 0; index < 6; index += 1) {
        await add(`over${index}`, { attemptDueAt: now - 900, expiresAt: now });
        await add(`theirs${index}`, { attemptDueAt: now - 900, accountId: 'y' });
        await add(`decided${index}`, { attemptDueAt: now - 900, status: 'invalid' });
      }
      await add('p', {});
      assert.equal((await acme.dueAuthorizations(now, 5)).length, 5);
      const deactivated = acmeAccount('y', { status: 'deactivated', revision: 2 });
      await acme.changeAccount({ account: deactivated, expectedRevision: 1 }, event);
      assert.deepEqual(await acme.dueAuthorizations(now, 5), ['p']);
    }));

  test(`${kind.name}: an external account key binds one account, on whichever node`, () =>
    withTwoNodes(kind, async (one, other) => {
      await prepared(one);
      await one.acme.addExternalKey(externalKey('k'), event);
      assert.deepEqual(await other.acme.findExternalKey('k'), externalKey('k'));
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 === 0 ? one : other).acme.createAccount(
            { account: acmeAccount(`b${index}`), externalKey: 'k' },
            event,
          ),
        ),
      );
      assert.equal(outcomes.filter((outcome) => outcome === 'done').length, 1);
      assert.equal(outcomes.filter((outcome) => outcome === 'external_key_used').length, 9);
      const made = outcomes.indexOf('done');
      for (let index = 0; index < 10; index += 1) {
        assert.equal((await one.acme.findAccount(`b${index}`)) !== undefined, index === made);
      }
      assert.equal((await one.acme.findExternalKey('k'))?.usedAt, now);
      await one.acme.addExternalKey(externalKey('late', { expiresAt: now }), event);
      const late = { account: acmeAccount('late'), externalKey: 'late' };
      assert.equal(await one.acme.createAccount(late, event), 'external_key_used');
    }));

  test(`${kind.name}: unused keys are listed and withdrawn; of a withdrawal and an account at once, one comes about`, () =>
    withTwoNodes(kind, async (one, other) => {
      await prepared(one);
      const { acme, acmeAdministration: administration } = one;
      for (const kid of ['k1', 'k2', 'k3']) await acme.addExternalKey(externalKey(kid), event);
      await acme.addExternalKey(externalKey('k4', { expiresAt: now }), event);
      await acme.createAccount({ account: acmeAccount('y'), externalKey: 'k3' }, event);
      const page = { clientId: 'a', at: now, limit: 9 };
      const kids = async (more: object = {}) =>
        (await other.acmeAdministration.listUnusedKeys({ ...page, ...more })).map(({ kid }) => kid);
      assert.deepEqual(await kids(), ['k1', 'k2']);
      assert.deepEqual(await kids({ limit: 1 }), ['k1']);
      assert.deepEqual(await kids({ after: 'k1' }), ['k2']);
      for (const more of [{ clientId: 'b' }, { clientId: '\0' }, { after: '\0' }]) {
        assert.deepEqual(await kids(more), []);
      }
      assert.equal(await administration.withdrawKey('k1', event), true);
      assert.equal(await administration.withdrawKey('k1', event), false);
      assert.equal(await administration.withdrawKey('k3', event), false);
      assert.equal((await acme.findExternalKey('k3'))?.usedAt, now);
      const late = { account: acmeAccount('late'), externalKey: 'k1' };
      assert.equal(await other.acme.createAccount(late, event), 'external_key_used');
      for (let round = 0; round < 5; round += 1) {
        await acme.addExternalKey(externalKey(`r${round}`), event);
        const [made, withdrawn] = await Promise.all([
          other.acme.createAccount({ account: acmeAccount(`r${round}`), externalKey: `r${round}` }, event),
          administration.withdrawKey(`r${round}`, event),
        ]);
        assert.deepEqual([made === 'done', withdrawn].filter(Boolean).length, 1);
        assert.equal((await acme.findAccount(`r${round}`)) === undefined, withdrawn);
      }
    }));

  test(`${kind.name}: accounts are listed, of one client or all, and deactivated once`, () =>
    withTwoNodes(kind, async (one, other) => {
      await prepared(one);
      const bound = acmeAccount('y', { clientId: 'a', profile: 'client' });
      await one.acme.createAccount({ account: bound }, event);
      const { acmeAdministration: administration } = other;
      assert.deepEqual(await administration.listAccounts({ limit: 9 }), [acmeAccount('x'), bound]);
      assert.deepEqual(await administration.listAccounts({ limit: 1, after: 'x' }), [bound]);
      assert.deepEqual(await administration.listAccounts({ clientId: 'a', limit: 9 }), [bound]);
      assert.deepEqual(await administration.listAccounts({ clientId: 'b', limit: 9 }), []);
      assert.deepEqual(await administration.listAccounts({ clientId: '\0', limit: 9 }), []);
      const outcomes = await Promise.all(
        [one, other, one, other].map((each) => each.acmeAdministration.deactivateAccount('y', event)),
      );
      assert.equal(outcomes.filter(Boolean).length, 1);
      assert.deepEqual(await one.acme.findAccount('y'), { ...bound, status: 'deactivated', revision: 2 });
      assert.equal(await administration.deactivateAccount('nobody', event), false);
      const changed = { ...bound, contact: [], revision: 2 };
      const stale = await one.acme.changeAccount({ account: changed, expectedRevision: 1 }, event);
      assert.equal(stale, 'stale', 'nobody makes it valid again who read it before');
    }));

  test(`${kind.name}: a key has one account a profile, and a change from an old revision is refused`, () =>
    withNewStorage(kind, async (storage) => {
      await prepared(storage);
      const { acme } = storage;
      const same = { ...acmeAccount('x'), id: 'x2' };
      assert.equal(await acme.createAccount({ account: same }, event), 'account_exists');
      await acme.createAccount({ account: acmeAccount('y') }, event);
      const { thumbprint } = acmeAccount('y');
      const changed = acmeAccount('x', { revision: 2, status: 'deactivated' });
      const taken = { account: { ...changed, thumbprint }, expectedRevision: 1 };
      assert.equal(await acme.changeAccount(taken, event), 'key_taken');
      assert.equal(await acme.changeAccount({ account: changed, expectedRevision: 1 }, event), 'done');
      assert.equal(await acme.changeAccount({ account: changed, expectedRevision: 1 }, event), 'stale');
      assert.equal((await acme.findAccount('x'))?.status, 'deactivated');
    }));

  test(`${kind.name}: of many accounts that take one key at once, one has it`, () =>
    withTwoNodes(kind, async (one, other) => {
      await prepared(one);
      const { thumbprint, spkiSha256 } = acmeAccount('wanted');
      const ids = Array.from({ length: 8 }, (_, index) => `k${index}`);
      for (const id of ids) await one.acme.createAccount({ account: acmeAccount(id) }, event);
      const outcomes = await Promise.all(
        ids.map((id, index) =>
          (index % 2 === 0 ? one : other).acme.changeAccount(
            { account: acmeAccount(id, { thumbprint, spkiSha256, revision: 2 }), expectedRevision: 1 },
            event,
          ),
        ),
      );
      assert.equal(outcomes.filter((outcome) => outcome === 'done').length, 1);
      assert.equal(outcomes.filter((outcome) => outcome === 'key_taken').length, 7);
      assert.equal(
        (await one.acme.findAccountByKey('server', thumbprint))?.id,
        ids[outcomes.indexOf('done')],
      );
    }));

  test(`${kind.name}: of many finalizations of one order at once, one records its certificate`, () =>
    withTwoNodes(kind, async (one, other) => {
      await prepared(one);
      await one.acme.createOrder(
        { order: acmeOrder('o', ['v']), authorizations: [authorization('v')] },
        event,
      );
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 === 0 ? one : other).acme.finalize(
            { orderId: 'o', at: now, issue: { certificate: forServer(`s${index}`) }, isKeyAllowed },
            [issuedEvent],
          ),
        ),
      );
      const done = outcomes.flatMap((outcome, index) => (outcome.done ? [index] : []));
      assert.equal(done.length, 1);
      const listed = await one.authorities.listCertificates({ filter: {}, limit: 20 });
      const { fingerprint256, spkiSha256 } = forServer(`s${done[0]}`);
      assert.deepEqual(
        listed.map((each) => each.fingerprint256),
        [fingerprint256],
      );
      assert.equal((await other.acme.findOrder('o'))?.certificate, fingerprint256);
      assert.equal((await one.acme.findOrderOfCertificate(fingerprint256))?.id, 'o');
      assert.deepEqual(await one.acme.knownKey(spkiSha256), { ofAccount: false, uses: [{ accountId: 'x' }] });
      const { serialNumber } = forServer(`s${done[0]}`);
      assert.equal((await one.acme.findIssued('auth_a', serialNumber))?.fingerprint256, fingerprint256);
    }));

  test(`${kind.name}: a key that was compromised is certified no more, however often it was before`, () =>
    withNewStorage(kind, async (storage) => {
      await prepared(storage);
      const { acme, authorities, revocation } = storage;
      const { spkiSha256 } = forServer('k0');
      const issue = (id: string) =>
        authorities.issue({ certificate: { ...forServer(id), spkiSha256 } }, [issuedEvent]);
      for (let index = 0; index < 102; index += 1) assert.equal((await issue(`k${index}`)).done, true);
      const { fingerprint256 } = forServer('k101');
      await revocation.revokeCertificate(
        { fingerprint256, credentialId: undefined, at: now, reason: 'key_compromise' },
        event,
      );
      const { uses } = await acme.knownKey(spkiSha256);
      assert.equal(uses.length, 2);
      assert.ok(uses.some(({ revocationReason }) => revocationReason === 'key_compromise'));
      const refused = { done: false, conflict: 'key_compromised' };
      const other = authorities.issue({ certificate: forServer('other') }, [issuedEvent]);
      assert.deepEqual(await issue('again'), refused);
      assert.equal((await other).done, true);
      await acme.createOrder({ order: acmeOrder('o', ['v']), authorizations: [authorization('v')] }, event);
      const certificate = { ...forServer('ordered'), spkiSha256 };
      assert.deepEqual(
        await acme.finalize({ orderId: 'o', at: now, issue: { certificate }, isKeyAllowed }, [issuedEvent]),
        refused,
      );
    }));

  test(`${kind.name}: an order is not finalized once its account, an authorization or its time is no longer good`, () =>
    withNewStorage(kind, async (storage) => {
      await prepared(storage);
      const { acme } = storage;
      const finalize = (orderId: string, at = now) =>
        acme.finalize({ orderId, at, issue: { certificate: forServer(orderId) }, isKeyAllowed }, [
          issuedEvent,
        ]);
      const refused = { done: false, conflict: 'order_not_ready' };
      const add = (id: string, more: Parameters<typeof authorization>[1]) =>
        acme.createOrder(
          { order: acmeOrder(id, [`v${id}`]), authorizations: [authorization(`v${id}`, more)] },
          event,
        );
      await add('pending', { status: 'pending' });
      await add('over', { expiresAt: now });
      await add('late', {});
      await add('good', {});
      assert.deepEqual(await finalize('pending'), refused);
      assert.deepEqual(await finalize('over'), refused);
      assert.deepEqual(await finalize('late', now + 1000), refused);
      assert.deepEqual(await finalize('unknown'), refused);
      const given = authorization('vgood', { status: 'deactivated', revision: 2 });
      assert.equal(await acme.changeAuthorization({ authorization: given, expectedRevision: 1 }, []), true);
      assert.equal(await acme.changeAuthorization({ authorization: given, expectedRevision: 1 }, []), false);
      assert.deepEqual(await finalize('good'), refused);
      const deactivated = acmeAccount('x', { status: 'deactivated', revision: 2 });
      await acme.changeAccount({ account: deactivated, expectedRevision: 1 }, event);
      assert.deepEqual(await finalize('late'), refused);
      assert.deepEqual(await storage.authorities.listCertificates({ filter: {}, limit: 5 }), []);
    }));

  test(`${kind.name}: a certificate is replaced by one order, unless that one fails`, () =>
    withTwoNodes(kind, async (one, other) => {
      await prepared(one);
      const former = forServer('former');
      await one.authorities.issue({ certificate: former }, [issuedEvent]);
      const replaces = { fingerprint256: former.fingerprint256, certificateId: 'a.b' };
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          (index % 2 === 0 ? one : other).acme.createOrder(
            {
              order: acmeOrder(`o${index}`, [`v${index}`], { replaces }),
              authorizations: [authorization(`v${index}`)],
            },
            event,
          ),
        ),
      );
      assert.equal(outcomes.filter((outcome) => outcome === 'done').length, 1);
      const first = outcomes.indexOf('done');
      assert.deepEqual((await one.acme.findOrder(`o${first}`))?.replaces, replaces);
      const failed = authorization(`v${first}`, { status: 'invalid', revision: 2 });
      await one.acme.changeAuthorization({ authorization: failed, expectedRevision: 1 }, []);
      const act = { order: acmeOrder('next', ['vn'], { replaces }), authorizations: [authorization('vn')] };
      assert.equal(await one.acme.createOrder(act, event), 'done');
    }));

  test(`${kind.name}: orders are listed page by page, and what is over is forgotten`, () =>
    withNewStorage(kind, async (storage) => {
      await prepared(storage);
      const { acme } = storage;
      for (let index = 0; index < 5; index += 1) {
        const order = acmeOrder(`o${index}`, ['v'], { createdAt: now + Math.floor(index / 2) });
        await acme.createOrder({ order, authorizations: index === 0 ? [authorization('v')] : [] }, event);
      }
      const listed = async (page: { accountId: string; before?: string; limit: number }): Promise<string[]> =>
        (await acme.listOrders(page)).map(({ id }) => id);
      const all = await listed({ accountId: 'x', limit: 9 });
      assert.deepEqual(all, ['o4', 'o3', 'o2', 'o1', 'o0']);
      const after = await listed({ accountId: 'x', before: 'o3', limit: 2 });
      assert.deepEqual(after, ['o2', 'o1']);
      assert.deepEqual(await acme.listOrders({ accountId: 'y', limit: 9 }), []);
      await acme.finalize({ orderId: 'o0', at: now, issue: { certificate: forServer('s') }, isKeyAllowed }, [
        issuedEvent,
      ]);
      await acme.addExternalKey(externalKey('k'), event);
      assert.equal(await acme.deleteExpired(now + 1000), 0);
      assert.equal(await acme.deleteExpired(now + 1001), 6);
      assert.deepEqual(await listed({ accountId: 'x', limit: 9 }), ['o0']);
      assert.equal(await acme.findExternalKey('k'), undefined);
    }));
}
